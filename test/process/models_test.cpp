// What a model promises besides what all of them do: what a crash costs, who waits for a handler
// that blocks, where its bound is, its own words in a dump, and that nothing of it is left.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <list>

#include "support/faults.hpp"
#include "support/models.hpp"

BOOST_AUTO_TEST_SUITE(models)

namespace {

using namespace brood::test;

const std::vector<std::string> without_pool{"process", "thread", "thread-pool", "evented"};
const std::vector<std::string> bounded_by_workers{"process", "thread"};

/// With the handler that does what it is told.
Launch faulty_model(const std::string& model, const std::vector<std::string>& more = {}) {
  let_faults_kill();
  std::vector<std::string> options{"--handler", "fault", "--keep-alive-timeout", "1m"};
  options.insert(options.end(), more.begin(), more.end());
  return {.binary = BROOD_FAULTY_BINARY,
          .options = options_of_model(model, 4, options),
          .limits = {{RLIMIT_CORE, 0}}};
}

/// A client with an answer, whose connection is kept.
Client kept_client(const Server& server) {
  Client client = Client::tcp(server.port());
  BOOST_TEST(client.exchange(get_request("/")).status == 200);
  return client;
}

/// A client whose request is in its handler's hands: behind a probe on the same connection it has
/// been read when the probe's answer comes.
Client with_request_in_hand(const Server& server, std::string_view path) {
  Client client = Client::tcp(server.port());
  BOOST_TEST(client.exchange(get_request("/healthcheck") + get_request(path)).status == 200);
  return client;
}

/// The line of a dump in which a model speaks of itself.
LogLine dump_of_model(const Server& server) {
  const std::size_t before = server.mark();
  server.signal(SIGINT);
  server.wait_for("dump_totals", before);
  const std::vector<LogLine> lines = server.log("dump_model", before);
  return lines.empty() ? LogLine{} : lines.front();
}

bool shows(const Server& server, const char* field, std::int64_t number) {
  return eventually([&] { return number_of(dump_of_model(server), field) == number; });
}

std::string crash_costs(const Server& server) {
  return text_of(server.log("server_started").at(0), "crash_costs");
}

LogLine wait_for_note(const Server& server, const std::string& text) {
  return server.wait_for([&](const LogLine& line) {
    return is_event(line, "worker_note") && text_of(line, "text").find(text) != std::string::npos;
  });
}

}  // namespace

BOOST_DATA_TEST_CASE(a_crash_costs_what_the_model_says_and_the_server_goes_on, all_models, model) {
  Server server(faulty_model(model));
  Client bystander = kept_client(server);
  Client victim = Client::tcp(server.port());
  victim.send(get_request("/signal/11"));
  const auto [bytes, closed] = victim.read_to_end();
  BOOST_TEST(closed);
  BOOST_TEST(bytes == "");

  const bool costs_one = crash_costs(server) == "the connection";
  BOOST_TEST(costs_one == (model == "prefork" || model == "process"));
  if (costs_one)
    BOOST_TEST(bystander.exchange(get_request("/")).status == 200);
  else
    BOOST_TEST(bystander.is_closed_by_server());
  const std::string record = "crashed (SIGSEGV: GET /signal/11 HTTP/1.1)";
  if (model == "process") {
    const std::string text = text_of(wait_for_note(server, record), "text");
    BOOST_TEST(text.starts_with("process "), text);
    BOOST_TEST(text.ends_with("; its connection is lost"), text);
    BOOST_TEST(server.log("worker_ended").empty());
  } else {
    const LogLine end = server.wait_for("worker_ended");
    BOOST_TEST(text_of(end, "cause") == "crashed");
    BOOST_TEST(text_of(end, "reason") == record);
  }
  BOOST_TEST(eventually([&] { return get(server.port(), "/").status == 200; }));
  BOOST_TEST(server.stop() == 0);
}

/// Only where all connections share a thread do they wait for each other's handlers.
BOOST_DATA_TEST_CASE(a_handler_that_blocks_stops_those_who_share_its_thread, all_models, model) {
  Server server(faulty_model(model));
  Client other = Client::tcp(server.port());
  const bool is_shared = model == "evented" || model == "prefork-epoll";
  Client blocking = with_request_in_hand(server, is_shared ? "/sleep/400" : "/sleep/60000");
  BOOST_TEST(other.exchange(get_request("/")).status == 200);
  const std::chrono::milliseconds at_once{is_shared ? 100 : 0};
  BOOST_TEST(blocking.read_reply(false, at_once).status == (is_shared ? 200 : 0));
}

BOOST_AUTO_TEST_CASE(a_handler_that_hangs_is_ended_with_what_it_costs) {
  struct Hanging {
    std::string model;
    Server server{faulty_model(model, {"--request-timeout", "1s"})};
    Client bystander = kept_client(server);
    Client stuck = with_request_in_hand(server, "/sleep/60000");
  };
  std::list<Hanging> all;  // They wait at the same time.
  for (const std::string& model : without_pool) all.emplace_back(model);
  for (auto& [model, server, bystander, stuck] : all) BOOST_TEST_CONTEXT(model) {
      BOOST_TEST(stuck.is_closed_by_server());
      if (model == "process") {
        const std::string text = text_of(wait_for_note(server, "no progress for "), "text");
        BOOST_TEST(text.find("s: GET /sleep/60000 HTTP/1.1); its") != std::string::npos, text);
        BOOST_TEST(bystander.exchange(get_request("/")).status == 200);
        BOOST_TEST(server.log("worker_ended").empty());
      } else {
        const LogLine end = server.wait_for("worker_ended");
        BOOST_TEST(text_of(end, "cause") == "hung");
        const std::string reason = text_of(end, "reason");
        BOOST_TEST(reason.ends_with("s: GET /sleep/60000 HTTP/1.1)"), reason);
        BOOST_TEST(bystander.is_closed_by_server());
      }
      BOOST_TEST(eventually([&] { return get(server.port(), "/").status == 200; }));
    }
}

BOOST_DATA_TEST_CASE(a_graceful_stop_answers_what_is_in_hand_and_leaves_nothing, all_models,
                     model) {
  Server server(faulty_model(model));
  Client idle = kept_client(server);
  Client working = with_request_in_hand(server, "/sleep/500");
  server.signal(SIGTERM);
  const Reply reply = working.read_reply();
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.header("Connection") == "close");
  BOOST_TEST(idle.is_closed_by_server());
  working.close();  // Else the server lingers, for what it may still send.
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(number_of(server.log("stopped").at(0), "cut") == 0);
  BOOST_TEST(group_members(server.pid()).empty());
}

BOOST_DATA_TEST_CASE(a_killed_supervisor_or_worker_leaves_nobody, without_pool, model) {
  Server server(faulty_model(model));
  Client first = with_request_in_hand(server, "/sleep/60000");
  const pid_t worker = server.workers().at(0);
  const std::vector<pid_t> children = children_of(worker);
  BOOST_TEST(children.size() == (model == "process" ? 1U : 0U));
  ::kill(worker, SIGKILL);
  BOOST_TEST(first.is_closed_by_server());
  // Orphans are init's to reap, and not every init does.
  for (const pid_t child : children)
    BOOST_TEST(eventually([&] { return state_of(child) == 0 || state_of(child) == 'Z'; }));
  BOOST_TEST(next_in_slot(server, 0, worker) > 0);

  BOOST_TEST(eventually([&] { return get(server.port(), "/").status == 200; }));
  Client second = with_request_in_hand(server, "/sleep/60000");
  ::kill(server.pid(), SIGKILL);
  BOOST_TEST(second.is_closed_by_server());
  BOOST_TEST(eventually([&] { return living_members(server.pid()).empty(); }));
}

BOOST_DATA_TEST_CASE(beyond_max_workers_connections_wait_to_be_accepted, bounded_by_workers,
                     model) {
  const char* const unit = model == "process" ? "children" : "threads";
  Server server(faulty_model(model, {"--max-workers", "2"}));
  Client first = kept_client(server);
  Client second = kept_client(server);
  Client third = Client::tcp(server.port());
  third.send(get_request("/"));
  wait_for_note(server, "all 2 connections are taken");
  const LogLine dump = dump_of_model(server);
  BOOST_TEST(text_of(dump, "model") == model);
  BOOST_TEST(number_of(dump, unit) == 2);
  BOOST_TEST(number_of(dump, "limit") == 2);
  BOOST_TEST(number_of(dump, "since_start") == 2);

  first.close();
  BOOST_TEST(third.read_reply().status == 200);
  second.close();
  third.close();
  BOOST_TEST(shows(server, unit, 0));
  BOOST_TEST(number_of(dump_of_model(server), "most") == 2);
  BOOST_TEST(number_of(dump_of_model(server), "since_start") == 3);
  const pid_t worker = server.workers().at(0);
  BOOST_TEST(eventually([&] { return children_of(worker).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_pool_of_threads_queues_what_it_has_accepted_up_to_its_bound) {
  Launch launch = faulty_model("thread-pool", {"--connections-per-worker", "3"});
  *(std::find(launch.options.begin(), launch.options.end(), "--threads") + 1) = "2";
  Server server(launch);
  Client first = kept_client(server);
  Client second = kept_client(server);
  Client queued = Client::tcp(server.port());
  Client waiting = Client::tcp(server.port());
  queued.send(get_request("/"));
  BOOST_TEST(shows(server, "connections", 3));
  const LogLine dump = dump_of_model(server);
  BOOST_TEST(number_of(dump, "threads") == 2);
  BOOST_TEST(number_of(dump, "queued") == 1);
  BOOST_TEST(number_of(dump, "since_start") == 3);
  first.close();
  BOOST_TEST(queued.read_reply().status == 200);
  second.close();
  BOOST_TEST(waiting.exchange(get_request("/")).status == 200);
}

BOOST_DATA_TEST_CASE(under_load_every_request_is_answered_and_counted, all_models, model) {
  Server server(faulty_model(model));
  Load load({.port = server.port(), .clients = 8, .path = "/", .requests_per_connection = 3});
  BOOST_TEST(load.reaches(300));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0U, counts.first_failure);
  BOOST_TEST(eventually([&] {
    const std::size_t before = server.mark();
    server.signal(SIGINT);
    const LogLine totals = server.wait_for("dump_totals", before);
    return number_of(totals, "entries") == static_cast<std::int64_t>(counts.ok) &&
           number_of(totals, "connections") == static_cast<std::int64_t>(counts.connections);
  }));
  const pid_t worker = server.workers().at(0);
  BOOST_TEST(eventually([&] { return children_of(worker).empty(); }));
  const std::string threads = model == "thread-pool" ? "\t5" : "\t1";  // The accepting one is one.
  BOOST_TEST(eventually([&] { return proc_field(worker, "status", "Threads:") == threads; }));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(number_of(server.log("stopped").at(0), "errors") == 0);
}

BOOST_AUTO_TEST_CASE(a_child_keeps_its_client_and_a_way_for_its_notes_and_nothing_else) {
  Server server(faulty_model("process"));
  Client client = with_request_in_hand(server, "/sleep/60000");
  const std::vector<pid_t> children = children_of(server.workers().at(0));
  BOOST_REQUIRE(children.size() == 1U);
  const std::vector<std::string> files = open_files(children.at(0));
  BOOST_TEST(files.size() == 5U);  // stdio, client, channel.
  client.close();
}

BOOST_AUTO_TEST_SUITE_END()
