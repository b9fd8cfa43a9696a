// SIGHUP: the pool rolls to a new configuration, and no client notices.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/client.hpp"
#include "support/reloads.hpp"

BOOST_AUTO_TEST_SUITE(serve_reload)

using namespace brood::test;

BOOST_AUTO_TEST_CASE(another_handler_serves_at_the_same_listener) {
  const Configured config;
  std::ofstream(config.folder / "hello") << "from a file\n";
  Server server(config.launch(three + "think-time = 0\n"));
  const std::uint16_t port = server.port();
  BOOST_TEST(get(port, "/hello").body != "from a file\n");
  config.write(three + "handler = files\nroot = " + (config.folder / "") + "\n");
  const LogLine done = reload(server);
  BOOST_TEST(text_of(done, "outcome") == "done");
  BOOST_TEST(number_of(done, "generation") == 2);
  BOOST_TEST(text_of(server.wait_for("reload_begun"), "changed") == "handler, root, think-time");
  BOOST_TEST(all_are_of(server, 2));
  BOOST_TEST(get(port, "/hello").body == "from a file\n");
  for (const LogLine& end : server.log("worker_ended")) {
    BOOST_TEST(text_of(end, "cause") == "rolled");
    BOOST_TEST(number_of(end, "generation") == 1);
  }
  server.signal(SIGINT);
  BOOST_TEST(number_of(server.wait_for("dump"), "generation") == 2);
  BOOST_TEST(number_of(server.wait_for("dump_slot"), "generation") == 2);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_newcomer_is_idle_before_the_newest_is_told) {
  const Configured config;
  const Server server(config.launch(three));
  const std::vector<LogLine> first = server.log("worker_started");
  reload(server);
  BOOST_TEST(all_are_of(server, 2));
  std::vector<std::string> told;  // They end when they get to it.
  int newcomers = 0;
  for (const LogLine& line : server.log()) {
    if (is_event(line, "worker_started")) ++newcomers;
    if (!is_event(line, "regulate") || text_of(line, "action") != "drain") continue;
    told.push_back(text_of(line, "outcome"));
    BOOST_TEST(newcomers >= 3 + static_cast<int>(told.size()));
  }
  const std::vector<std::string> newest_first{"slot 2 told to leave", "slot 1 told to leave",
                                              "slot 0 told to leave"};
  BOOST_TEST(told == newest_first, boost::test_tools::per_element());
  for (const LogLine& line : server.log())
    if (is_event(line, "picture") && server.log("picture").front() != line)
      BOOST_TEST(number_of(line, "idle") >= 3);
}

BOOST_AUTO_TEST_CASE(no_request_is_lost_while_workers_are_rolled_and_recycled) {
  for (const char* const model : {"prefork", "prefork-epoll"}) {
    BOOST_TEST_CONTEXT(model) {
      const Configured config;
      const std::string text =
          "start-workers = 6\nmin-spare = 4\nmax-spare = 8\nthink-time = 0\n"
          "max-requests = 10\nmodel = " +
          std::string(model) + "\n";
      Server server(config.launch(text));
      Load closing({.port = server.port(), .clients = 3});
      Load kept({.port = server.port(), .clients = 3, .requests_per_connection = 7});
      for (int turn = 0; turn < 10; ++turn) {
        const std::uint64_t answered = kept.counts().ok;
        BOOST_TEST(text_of(reload(server), "outcome") == "done");
        BOOST_TEST(kept.reaches(answered + 20));
      }
      for (Load* const load : {&closing, &kept}) {
        const LoadCounts counts = load->stop();
        BOOST_TEST(counts.failed == 0U, counts.first_failure);
        BOOST_TEST(counts.ok > 0U);
      }
      server.signal(SIGINT);
      const LogLine totals = server.wait_for("dump_totals");
      BOOST_TEST(number_of(totals, "entries") ==
                 static_cast<std::int64_t>(closing.counts().ok + kept.counts().ok));
      BOOST_TEST(server.stop() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_idle_kept_connection_is_told_with_its_next_answer) {
  for (const char* const model : {"prefork", "prefork-epoll"}) {
    BOOST_TEST_CONTEXT(model) {
      const Configured config;
      Server server(config.launch(
          three + "think-time = 0\nkeep-alive-drain = 1m\nmodel = " + std::string(model) + "\n"));
      Client client = Client::tcp(server.port());
      BOOST_TEST(client.exchange(get_request("/")).status == 200);
      BOOST_TEST(text_of(reload(server), "outcome") == "done");
      const Reply last = client.exchange(get_request("/"));
      BOOST_TEST(last.status == 200);
      BOOST_TEST(last.header("Connection") == "close");
      client.close();
      BOOST_TEST(all_are_of(server, 2));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_idle_kept_connection_without_a_request_is_closed_in_a_moment) {
  const Configured config;
  Server server(config.launch(three + "think-time = 0\nkeep-alive-timeout = 1m\n"));
  Client client = Client::tcp(server.port());
  BOOST_TEST(client.exchange(get_request("/")).status == 200);
  reload(server);
  BOOST_TEST(client.is_closed_by_server());
  BOOST_TEST(all_are_of(server, 2));
}

BOOST_AUTO_TEST_CASE(every_model_reloads_and_one_becomes_another) {
  const Configured config;
  const std::string text = "think-time = 0\nmodel = ";
  Server server(config.launch(text + "prefork\n"));
  std::int64_t generation = 1;
  for (const char* const model :
       {"prefork-epoll", "process", "process", "thread", "thread-pool", "evented", "prefork"}) {
    BOOST_TEST_CONTEXT(model) {
      config.write(text + model + "\n");
      const LogLine done = reload(server);
      BOOST_TEST(text_of(done, "outcome") == "done");
      BOOST_TEST(number_of(done, "generation") == ++generation);
      BOOST_TEST(all_are_of(server, generation));
      BOOST_TEST(get(server.port(), "/").status == 200);
    }
  }
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(pool_limits_and_the_log_change) {
  const Configured config;
  Server server(config.launch(three));
  config.write("start-workers = 8\nmin-spare = 8\nmax-spare = 8\nmax-workers = 2000\n");
  BOOST_TEST(text_of(reload(server), "outcome") == "done");
  BOOST_TEST(eventually([&] { return server.workers().size() == 8; }));
  config.write("start-workers = 2\nmin-spare = 2\nmax-spare = 2\nlog-file = " +
               (config.folder / "log") + "\n");
  server.signal(SIGHUP);
  const auto file = [&] {
    std::ifstream log(config.folder / "log");
    return std::string(std::istreambuf_iterator<char>(log), {});
  };
  BOOST_TEST(eventually([&] { return file().find("\"outcome\":\"done\"") != std::string::npos; }));
  BOOST_TEST(eventually([&] { return server.workers().size() == 2; }));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(file().find("\"event\":\"stopped\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(listeners_come_stay_and_go_and_those_that_stay_are_never_closed) {
  const Configured config;
  const std::string path = config.folder / "socket";
  const std::string other_path = config.folder / "other";
  const std::string stays = three + "think-time = 0\nlisten = 127.0.0.1:0\n";
  const Launch launch = config.launch(stays + "listen = unix:" + path + "\n");
  Server server(launch);
  const std::uint16_t port = server.port();
  Load load({.port = port, .clients = 2});
  BOOST_TEST(Client::unix_path(path).exchange(get_request("/")).status == 200);
  config.write(stays + "listen = unix:" + other_path + "\n");
  BOOST_TEST(text_of(reload(server), "outcome") == "done");
  BOOST_TEST(text_of(server.wait_for("listening_ended"), "listen") == "unix:" + path);
  BOOST_TEST(text_of(server.log("listening").back(), "listen") == "unix:" + other_path);
  BOOST_TEST(Client::unix_path(other_path).exchange(get_request("/")).status == 200);
  BOOST_TEST(all_are_of(server, 2));
  BOOST_TEST(!Client::unix_path(path).is_connected());
  BOOST_TEST(!std::filesystem::exists(path));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0U, counts.first_failure);
  BOOST_TEST(get(port, "/").status == 200);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(whoever_only_finishes_keeps_no_listener_that_goes) {
  const Configured config;
  const std::string path = config.folder / "socket";
  const std::string text = three + "handler = fault\nlisten = 127.0.0.1:0\n";
  const Launch launch = config.launch(text + "listen = unix:" + path + "\n");
  Server server(launch);
  Client slow = Client::tcp(server.port());
  slow.send(get_request("/pull/100000000"));  // It is not read: its worker finishes for long.
  std::filesystem::create_hard_link(path, config.folder / "kept");
  wait_for_busy(server);
  config.write(text);
  const LogLine done = reload(server);
  BOOST_TEST(number_of(done, "old") >= 1);
  BOOST_TEST(eventually([&] { return !Client::unix_path(config.folder / "kept").is_connected(); }));
}

BOOST_AUTO_TEST_CASE(after_many_reloads_it_is_as_large_as_after_a_few) {
  const Configured config;
  Server server(config.launch(three + "think-time = 0\n"));
  const auto reloads = [&](int count) {
    for (int turn = 0; turn < count; ++turn) reload(server);
    BOOST_TEST(eventually([&] { return server.workers().size() == 3; }));
  };
  reloads(10);
  const std::size_t descriptors = open_files(server.pid()).size();
  const std::int64_t memory = memory_kib(server.pid(), "VmRSS:");
  reloads(100);
  BOOST_TEST(open_files(server.pid()).size() == descriptors);
  // A sanitizer keeps what has been freed.
  const std::int64_t growth_max = is_sanitized() ? 256 * 1024 : 1024;
  BOOST_TEST(memory_kib(server.pid(), "VmRSS:") < memory + growth_max);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
