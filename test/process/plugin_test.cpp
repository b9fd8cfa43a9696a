// A plugin that cannot be loaded is refused before anything is bound; one that harms its worker
// costs the request in hand.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(plugin)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

std::string plugin_path(const std::string& name) {
  return built("test/plugins/") + std::string(name) + ".so";
}

Launch with_plugin(const std::string& name, const std::vector<std::string>& more = {}) {
  let_faults_kill();
  std::vector<std::string> options =
      pool_of(3, {"--handler", "plugin", "--plugin", plugin_path(name)});
  options.insert(options.end(), more.begin(), more.end());
  return {.binary = BROOD_BINARY, .options = options, .limits = {{RLIMIT_CORE, 0}}};
}

bool has_note(const LogLine& line, const std::string& text) {
  return is_event(line, "worker_note") && text_of(line, "text") == text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_no_plugin_is_refused_with_one_line_and_status_2) {
  const struct {
    const char* name;
    std::string path;
    const char* why;
  } rows[] = {
      {"no such file", "/nonexistent/x.so", "cannot open shared object file"},
      {"no library", BROOD_SOURCE_DIR "/README.md", "invalid ELF header"},
      {"no plugin", BROOD_BINARY, "exports no brood_plugin"},
      {"another version", plugin_path("old_version"), "is built for version 0"},
      {"no handle", plugin_path("no_handle"), "brood_plugin has no handle()"},
      {"crashes", plugin_path("crashes"), "crashes while it is loaded (SIGABRT)"},
      {"leaves", plugin_path("exits"), "exits with status 0 while it is loaded"},
      {"hangs", plugin_path("hangs"), "is not loaded within 10s"},
  };
  let_faults_kill();
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const Finished run =
          run_to_end({.binary = BROOD_BINARY,
                      .options = {"serve", "--handler", "plugin", "--plugin", row.path},
                      .limits = {{RLIMIT_CORE, 0}}});
      BOOST_TEST(run.status == 2);
      BOOST_TEST(run.err.find(row.why) != std::string::npos, run.err);
      BOOST_TEST(std::count(run.err.begin(), run.err.end(), '\n') == 1, run.err);
    }
}

BOOST_AUTO_TEST_CASE(the_handler_needs_a_path) {
  const Finished run =
      run_to_end({.binary = BROOD_BINARY, .options = {"serve", "--handler", "plugin"}});
  BOOST_TEST(run.status == 2);
  BOOST_TEST(run.err == "brood: --handler plugin needs --plugin PATH\n");
}

BOOST_AUTO_TEST_CASE(a_library_that_starts_a_thread_when_loaded_serves) {
  Server server(with_plugin("starts_thread"));
  BOOST_TEST(get(server.port(), "/").body == "ok\n");
  BOOST_TEST(proc_field(server.pid(), "status", "Threads:") == "\t1");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_plugin_starts_and_stops_in_each_worker) {
  Server server(with_plugin("faulty", {"--plugin-arg", "some text"}));
  const Reply reply = get(server.port(), "/a?b");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body.starts_with("method=GET\ntarget=/a?b\n"), reply.body);
  BOOST_TEST(server.stop() == 0);
  const std::vector<LogLine> log = server.log();
  const auto count = [&](const char* text) {
    return std::count_if(log.begin(), log.end(),
                         [&](const LogLine& line) { return has_note(line, text); });
  };
  BOOST_TEST(count("started with some text") == 3);
  BOOST_TEST(count("stopped") == 3);
}

BOOST_AUTO_TEST_CASE(any_method_reaches_a_plugin_with_the_host_that_was_asked_for) {
  Server server(with_plugin("faulty"));
  Client client = Client::tcp(server.port());
  for (const std::string method : {"PROPFIND", "QUERY", "POST"}) {
    const Reply reply =
        client.exchange(method + " http://other.example/a HTTP/1.1\r\nHost: test\r\n\r\n");
    BOOST_TEST(reply.body.starts_with("method=" + method + "\n"), reply.body);
    BOOST_TEST(reply.body.find("\nhost=other.example\n") != std::string::npos, reply.body);
    BOOST_TEST(reply.body.find("\nHost=other.example\n") != std::string::npos, reply.body);
  }
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_ends_the_servers_start_and_says_why) {
  Launch launch = with_plugin("faulty", {"--plugin-arg", "fail"});
  launch.options.insert(launch.options.begin(), {"serve", "--listen", "127.0.0.1:0"});
  const Finished finished = run_to_end(launch);
  BOOST_TEST(finished.status == 1);
  BOOST_TEST(finished.err.ends_with("brood: the handler cannot start: on_start: plugin faulty: "
                                    "start() returned 7\n"),
             finished.err);
}

BOOST_AUTO_TEST_CASE(a_body_comes_whole_and_a_refusal_is_kept) {
  Server server(with_plugin("faulty"));
  Client client = Client::tcp(server.port());
  const Reply posted = client.exchange(
      "POST / HTTP/1.1\r\nHost: test\r\nX-Named: yes\r\nContent-Length: 5\r\n\r\nhello");
  BOOST_TEST(posted.body.find("\nbody=hello\n") != std::string::npos, posted.body);
  BOOST_TEST(posted.body.find("\nx-named=yes\n") != std::string::npos, posted.body);
  BOOST_TEST(client.exchange(get_request("/refuse/403")).status == 403);
  BOOST_TEST(client.exchange(get_request("/status/404")).status == 404);
}

BOOST_AUTO_TEST_CASE(a_body_is_pulled_with_its_size_or_in_chunks) {
  Server server(with_plugin("faulty"));
  Client client = Client::tcp(server.port());
  const Reply sized = client.exchange(get_request("/pull/3000000"));
  BOOST_TEST((sized.body == std::string(3'000'000, 'x')));
  BOOST_TEST(client.send(get_request("/pull/20?unsized", {"Connection: close"})));
  const auto [chunks, closed] = client.read_to_end();
  BOOST_TEST(closed);
  BOOST_TEST(chunks.ends_with("\r\n\r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n"), chunks);
  server.wait_for([](const LogLine& line) { return has_note(line, "pull done"); });
}

BOOST_AUTO_TEST_CASE(a_pull_that_fails_cuts_the_response_off_and_its_worker_goes_on) {
  Server server(with_plugin("faulty"));
  const std::vector<pid_t> workers = server.workers();
  for (const char* const path : {"/pull-fails", "/pull-lies"}) BOOST_TEST_CONTEXT(path) {
      const std::size_t before = server.mark();
      Client client = Client::tcp(server.port());
      client.send(get_request(path));
      const auto [bytes, closed] = client.read_to_end();
      BOOST_TEST(closed);
      BOOST_TEST(!bytes.ends_with("0\r\n\r\n"));
      server.wait_for(
          [](const LogLine& line) {
            return is_event(line, "worker_note") &&
                   text_of(line, "text").find("the plugin's read()") != std::string::npos;
          },
          before);
    }
  BOOST_TEST((server.workers() == workers));
}

BOOST_AUTO_TEST_CASE(a_long_body_comes_in_a_file_and_goes_out_piece_by_piece) {
  Server server(with_plugin("upper"));
  for (const std::size_t size : {std::size_t{5}, std::size_t{2'000'000}}) {
    const Reply reply =
        Client::tcp(server.port())
            .exchange("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) +
                      "\r\n\r\n" + std::string(size, 'q'));
    BOOST_TEST(reply.status == 200);
    BOOST_TEST((reply.body == std::string(size, 'Q')));
  }
  BOOST_TEST(get(server.port(), "/").status == 405);
}

BOOST_AUTO_TEST_CASE(a_failing_plugin_is_answered_with_500_and_its_worker_goes_on) {
  const struct {
    const char* path;
    std::string note;  ///< Empty: none.
  } rows[] = {
      {"/fail/3", "handler: plugin faulty: handle() returned 3"},
      {"/throw", "handler: asked to throw"},
      {"/field", ""},
      {"/status/99", ""},
  };
  Server server(with_plugin("faulty"));
  const std::vector<pid_t> workers = server.workers();
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.path) {
      const std::size_t before = server.mark();
      BOOST_TEST(get(server.port(), row.path).status == 500);
      if (!row.note.empty())
        server.wait_for([&](const LogLine& line) { return has_note(line, row.note); }, before);
    }
  BOOST_TEST((server.workers() == workers));
}

BOOST_AUTO_TEST_CASE(a_plugin_that_crashes_exits_or_loops_costs_the_request_in_hand) {
  const struct {
    const char* path;
    const char* cause;
  } rows[] = {
      {"/signal/11", "crashed"},
      {"/signal/6", "crashed"},
      {"/exit/3", "exited"},
      {"/loop", "hung"},
  };
  Server server(with_plugin("faulty", {"--request-timeout", "1s"}));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.path) {
      const std::size_t before = server.mark();
      BOOST_TEST(get(server.port(), row.path).status == 0);
      const LogLine end = server.wait_for(
          [&](const LogLine& line) {
            return is_event(line, "worker_ended") && text_of(line, "cause") == row.cause;
          },
          before);
      BOOST_TEST(text_of(end, "state") == "BUSY");
      BOOST_TEST(get(server.port(), "/").status == 200);
      BOOST_TEST(is_full(server, 3));
    }
}

BOOST_AUTO_TEST_CASE(what_a_plugin_leaks_goes_with_its_worker) {
  Server server(with_plugin("faulty", {"--max-requests", "1"}));
  const std::int64_t born = memory_kib(server.workers().front(), "VmRSS:");
  for (int count = 0; count < 6; ++count) BOOST_TEST(get(server.port(), "/leak/40").status == 200);
  BOOST_TEST(is_full(server, 3));
  for (const pid_t pid : server.workers()) BOOST_TEST(memory_kib(pid, "VmRSS:") < born + 20 * 1024);
}

BOOST_AUTO_TEST_SUITE_END()
