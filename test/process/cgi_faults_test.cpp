// Programs that fail, hang, linger and flood: the client is told, the log says why, and nothing of
// a program outlives its request or its worker.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/cgi_folder.hpp"

BOOST_AUTO_TEST_SUITE(cgi_faults)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

const std::vector<std::string> models{"prefork", "prefork-epoll"};

constexpr const char* hang = "while :; do sleep 1000; done\n";

/// An answer of HTTP/1.1 that was not cut off.
bool is_whole(const std::string& bytes) {
  return bytes.ends_with("\r\n0\r\n\r\n");
}

std::string raw_answer(const Server& server, const std::string& path) {
  Client client = Client::tcp(server.port());
  client.send(get_request(path, {"Connection: close"}));
  return client.read_to_end().first;
}

/// No process of a program's group lives any longer.
bool dies(pid_t group) {
  return eventually([group] { return living_members(group).empty(); });
}

std::uint64_t signals_of(const std::string& status, const std::string& name) {
  const auto at = status.find(name + ":\t");
  return at == status.npos ? ~0ULL : std::stoull(status.substr(at + name.size() + 2), nullptr, 16);
}

}  // namespace

BOOST_DATA_TEST_CASE(a_program_that_fails_before_its_head_is_a_502_and_the_log_says_why, models,
                     model) {
  const CgiFolder folder;
  const struct {
    const char* name;
    const char* script;
    int status;
    const char* note;
  } rows[] = {
      {"segv", "kill -SEGV $$", 502, "cgi: /segv: killed by SIGSEGV without an answer"},
      {"exit", "exit 3", 502, "cgi: /exit: exited 3 without an answer"},
      {"silent", "exit 0", 502, "cgi: /silent: exited 0 without an answer"},
      {"half", "printf 'Content-Type: a'; exit 0", 502, "cgi: /half: exited 0 in the middle of"},
      {"closes", "exec >&-; while :; do sleep 1000; done", 502,
       "cgi: /closes: closed its output without an answer"},
      {"garbage", "echo hello; echo", 502, "cgi: /garbage: malformed head: hello"},
      {"interim", "printf 'Status: 100 Continue\\n\\n'", 502, "cgi: /interim: malformed head"},
      {"huge", "head -c 100000 /dev/zero", 502, "cgi: /huge: head too large"},
      {"nowhere", "printf 'Location: /%%zz\\n\\n'", 502, "cgi: /nowhere: Location is no path"},
  };
  for (const auto& row : rows) folder.add(row.name, row.script);
  std::ofstream(folder / "bad", std::ios::binary) << "#!/no/such/interpreter\n";
  ::chmod((folder / "bad").c_str(), 0755);
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(ask(server, "/" + std::string(row.name)).status == row.status);
      BOOST_TEST(is_noted(server, row.note));
    }
  BOOST_TEST(ask(server, "/bad").status == 500);
  BOOST_TEST(is_noted(server, "cgi: /bad: cannot be started: exec: No such file or directory"));
  BOOST_TEST(zombies_of(server.workers().at(0)).empty());
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_DATA_TEST_CASE(a_program_that_fails_behind_its_head_is_seen_to_be_cut_off, models, model) {
  const CgiFolder folder;
  folder.add("good", text_head + "echo all\n");
  folder.add("segv", text_head + "echo some; kill -SEGV $$\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  BOOST_TEST(is_whole(raw_answer(server, "/good")));
  const std::string bytes = raw_answer(server, "/segv");
  BOOST_TEST(bytes.starts_with("HTTP/1.1 200 "), bytes);
  BOOST_TEST(!is_whole(bytes), bytes);
  BOOST_TEST(is_noted(server, "cgi: /segv: killed by SIGSEGV in the middle of its answer"));
}

BOOST_DATA_TEST_CASE(an_answer_is_whole_whatever_the_exit_status_which_is_noted, models, model) {
  const CgiFolder folder;
  folder.add("exit", text_head + "echo all; exit 7\n");
  folder.add("local", "printf 'Location: /exit\\n\\n'; exit 1\n");
  folder.add("sized", "printf 'Content-Type: a/b\\nContent-Length: 4\\n\\nall\\n'; exit 254\n");
  folder.add("late",
             "printf 'Content-Type: a/b\\nContent-Length: 4\\n\\nall\\n'; sleep 0.05; exit 9\n");
  folder.add("short", "printf 'Content-Type: a/b\\nContent-Length: 9\\n\\nall\\n'; exit 2\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const char* path : {"/exit", "/local"}) {
    const std::string bytes = raw_answer(server, path);
    BOOST_TEST(bytes.find("\r\n\r\n4\r\nall\n\r\n0\r\n\r\n") != bytes.npos, bytes);
    BOOST_TEST(ask(server, path).body == "all\n");
  }
  BOOST_TEST(ask(server, "/sized").body == "all\n");
  BOOST_TEST(is_noted(server, "cgi: /exit: exited 7"));
  BOOST_TEST(is_noted(server, "cgi: /local: exited 1"));
  BOOST_TEST(is_noted_later(server, "/sized", "cgi: /sized: exited 254"));
  BOOST_TEST(is_noted_later(server, "/late", "cgi: /late: exited 9"));
  ask(server, "/short");
  BOOST_TEST(is_noted(server, "response cut off: something of it is missing"));
}

namespace {

/// Lines of a script that leaves a lock file until SIGTERM tells it to take it away.
const std::string with_lock = "trap 'rm -f lock; exit 1' TERM; echo > lock\n" + report_pid;

bool is_there(const CgiFolder& folder) {
  return std::filesystem::exists(folder / "lock");
}

}  // namespace

BOOST_DATA_TEST_CASE(a_program_is_asked_to_end_before_it_is_killed, models, model) {
  const CgiFolder folder;
  const std::string nap = "while :; do sleep 0.1; done\n";
  folder.add("before", with_lock + nap);
  folder.add("behind", with_lock + text_head + nap);
  folder.add("closes", with_lock + text_head + "echo all; exec >&-\n" + nap);
  folder.add("sized",
             with_lock + "printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nall'\n" + nap);
  folder.add("much", with_lock + text_head + "head -c 5000 /dev/zero\n" + nap);
  const Server server(cgi_launch(
      folder.path(), {"--model", model, "--cgi-timeout", "700ms", "--cgi-max-output", "4000"}));
  for (const char* path : {"/before", "/behind", "/closes", "/sized", "/much"})
    BOOST_TEST_CONTEXT(path) {
      raw_answer(server, path);
      BOOST_TEST(dies(folder.number_in("pid")));
      BOOST_TEST(!is_there(folder));
      std::filesystem::remove(folder / "pid");
    }
  Client client = Client::tcp(server.port());
  client.send(get_request("/behind"));
  const pid_t program = folder.number_in("pid");
  client.abort();
  BOOST_TEST(dies(program));
  BOOST_TEST(!is_there(folder));
  BOOST_TEST(eventually([&] { return zombies_of(server.workers().at(0)).empty(); }));
}

BOOST_DATA_TEST_CASE(a_program_that_will_not_end_keeps_nobody_waiting, models, model) {
  const CgiFolder folder;
  folder.add("deaf", "trap '' TERM\n" + report_pid +
                         "printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nall'\n" + hang);
  folder.add("quick", text_head + "echo all\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  bool was_alive = false;  // On a machine that is busy enough, it may not be at each attempt.
  for (int count = 0; count < 5; ++count) {
    BOOST_TEST(raw_answer(server, "/deaf").ends_with("all"));
    const pid_t program = folder.number_in("pid");
    BOOST_TEST(ask(server, "/quick").body == "all\n");
    was_alive |= !living_members(program).empty();
    std::filesystem::remove(folder / "pid");
    if (count == 4) BOOST_TEST(dies(program));
  }
  BOOST_TEST(was_alive);
}

BOOST_DATA_TEST_CASE(a_worker_that_leaves_gives_its_programs_time_to_end, models, model) {
  const CgiFolder folder;
  folder.add("x", with_lock +
                      "printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nall'\n"
                      "while :; do sleep 0.1; done\n");
  Server server(cgi_launch(folder.path(), {"--model", model}));
  BOOST_TEST(raw_answer(server, "/x").ends_with("all"));
  const pid_t program = folder.number_in("pid");
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(living_members(program).empty());
  BOOST_TEST(!is_there(folder));
}

BOOST_DATA_TEST_CASE(a_silent_program_is_killed_with_all_its_children, models, model) {
  const CgiFolder folder;
  folder.add("before",
             report_pid + "trap '' TERM HUP INT\n sleep 1000 & (" + hang + ") &\n" + hang);
  folder.add("behind", report_pid + text_head + "trap '' TERM HUP INT\n (" + hang + ") &\n" + hang);
  const Server server(cgi_launch(folder.path(), {"--model", model, "--cgi-timeout", "500ms"}));
  BOOST_TEST(ask(server, "/before").status == 504);
  BOOST_TEST(dies(folder.number_in("pid")));
  BOOST_TEST(is_noted(server, "cgi: /before: killed: no head in time"));
  std::filesystem::remove(folder / "pid");
  BOOST_TEST(!is_whole(raw_answer(server, "/behind")));
  BOOST_TEST(dies(folder.number_in("pid")));
  BOOST_TEST(eventually([&] { return zombies_of(server.workers().at(0)).empty(); }));
}

BOOST_AUTO_TEST_CASE(a_slow_program_that_is_never_silent_for_too_long_is_left_alone) {
  const CgiFolder folder;
  folder.add("slow", text_head + "for n in 1 2 3 4 5 6 7 8 9; do echo $n; sleep 0.5; done\n");
  const Server server(
      cgi_launch(folder.path(), {"--cgi-timeout", "3s", "--request-timeout", "4s"}));
  BOOST_TEST(is_whole(raw_answer(server, "/slow")));
  BOOST_TEST(server.log("worker_asked").empty());
}

BOOST_DATA_TEST_CASE(an_answer_ends_with_its_output_and_what_lingers_then_is_killed, models,
                     model) {
  const CgiFolder folder;
  folder.add("closes", report_pid + text_head + "echo all; exec >&-\n" + hang);
  folder.add("forks", report_pid + text_head + "(exec >&-; " + hang + ") & echo all\n");
  folder.add("sized",
             report_pid + "printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nall'\n" + hang);
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  for (const char* path : {"/closes", "/forks"}) {
    BOOST_TEST(is_whole(raw_answer(server, path)));
    BOOST_TEST(dies(folder.number_in("pid")));
    std::filesystem::remove(folder / "pid");
  }
  BOOST_TEST(raw_answer(server, "/sized").ends_with("\r\n\r\nall"));
  BOOST_TEST(dies(folder.number_in("pid")));
}

BOOST_AUTO_TEST_CASE(a_program_that_was_read_to_its_length_may_put_things_in_order) {
  const CgiFolder folder;
  folder.add("x", "printf 'Content-Type: a/b\\nContent-Length: 3\\n\\nall'\n" + report_pid);
  const Server server(cgi_launch(folder.path()));
  BOOST_TEST(raw_answer(server, "/x").ends_with("all"));
  BOOST_TEST(folder.number_in("pid") > 0);
}

BOOST_DATA_TEST_CASE(a_program_dies_when_its_client_has_gone, models, model) {
  const CgiFolder folder;
  folder.add("x", report_pid + text_head + "sleep 1000 &\n" + hang);
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  Client client = Client::tcp(server.port());
  client.send(get_request("/x"));
  const pid_t program = folder.number_in("pid");
  BOOST_TEST(is_alive(program));
  client.abort();
  BOOST_TEST(dies(program));
}

BOOST_AUTO_TEST_CASE(a_program_and_its_children_die_with_their_worker_and_with_the_server) {
  for (const bool whole_server : {false, true}) BOOST_TEST_CONTEXT("server: " << whole_server) {
      const CgiFolder folder;
      folder.add("x", report_pid + "(trap '' HUP TERM; sleep 1000) & sleep 1000 &\n" + hang);
      const Server server(cgi_launch(folder.path()));
      Client client = Client::tcp(server.port());
      client.send(get_request("/x"));
      const pid_t program = folder.number_in("pid");
      BOOST_TEST(eventually([&] { return living_members(program).size() >= 4; }));
      ::kill(whole_server ? server.pid() : server.workers().at(0), SIGKILL);
      BOOST_TEST(dies(program));
    }
}

BOOST_AUTO_TEST_CASE(a_program_inherits_stdio_and_no_signal_and_the_limit_that_the_server_had) {
  const CgiFolder folder;
  folder.add("status", text_head + "exec cat /proc/self/status\n");
  folder.add("limit", text_head + "ulimit -Sn\n");
  folder.add("fds", report_pid + "exec sleep 1000\n");
  BOOST_TEST_REQUIRE(set_limit(::getpid(), RLIMIT_NOFILE, 250));  // The server raises its own.
  const Server server(cgi_launch(folder.path(), {"--max-workers", "300"}));
  const std::string status = ask(server, "/status").body;
  BOOST_TEST(signals_of(status, "SigBlk") == 0u);
  BOOST_TEST(signals_of(status, "SigIgn") == 0u);
  BOOST_TEST(signals_of(status, "SigCgt") == 0u);
  BOOST_TEST(ask(server, "/limit").body == "250\n");
  Client client = Client::tcp(server.port());
  client.send(get_request("/fds"));
  const pid_t program = folder.number_in("pid");
  BOOST_TEST(eventually([&] { return open_files(program).size() == 3; }));
  BOOST_TEST(living_members(program) == std::vector<pid_t>{program},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_a_program_says_on_stderr_is_noted_and_a_flood_stops_nobody) {
  const CgiFolder folder;
  folder.add("says", "echo first >&2; echo second > /dev/stderr\n" + text_head + "echo all\n");
  folder.add("floods", text_head + "yes 2>/dev/null | head -c 10000000 >&2; echo all\n");
  const Server server(cgi_launch(folder.path()));
  BOOST_TEST(ask(server, "/says").body == "all\n");
  BOOST_TEST(is_noted_later(server, "/says", "cgi: /says: first"));
  BOOST_TEST(is_noted_later(server, "/says", "cgi: /says: second"));
  BOOST_TEST(ask(server, "/floods").body == "all\n");
  BOOST_TEST(is_noted_later(server, "/floods", "more lines"));
}

BOOST_DATA_TEST_CASE(a_hundred_programs_leave_no_zombie_and_no_descriptor, models, model) {
  const CgiFolder folder;
  folder.add("x", text_head + "exec >&- 2>&-; exit 0\n");
  const Server server(cgi_launch(folder.path(), {"--model", model}));
  const pid_t worker = server.workers().at(0);
  ask(server, "/x");
  const std::size_t before = open_files(worker).size();
  for (int count = 0; count < 100; ++count) BOOST_TEST(ask(server, "/x").status == 200);
  BOOST_TEST(eventually([&] { return open_files(worker).size() == before; }));
  BOOST_TEST(zombies_of(worker).empty());
}

BOOST_AUTO_TEST_SUITE_END()
