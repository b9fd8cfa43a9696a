// A pause of the whole server (Ctrl-Z, a suspended machine, one that moves to another host) is
// nobody's fault: no time-out counts it.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/cgi_folder.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(standstill)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

/// Stops all of these that have not ended, waits for `length`, and lets them go on.
void stand_still(const std::vector<pid_t>& pids, std::chrono::milliseconds length) {
  for (const pid_t pid : pids) {
    ::kill(pid, SIGSTOP);
    BOOST_TEST_REQUIRE(eventually([pid] { return state_of(pid) == 'T' || !is_alive(pid); }));
  }
  std::this_thread::sleep_for(length);  // The pause itself.
  for (const pid_t pid : pids) ::kill(pid, SIGCONT);
}

std::vector<pid_t> all_of(const Server& server, const std::vector<pid_t>& more = {}) {
  std::vector<pid_t> pids{server.pid()};
  for (const pid_t worker : server.workers()) pids.push_back(worker);
  pids.insert(pids.end(), more.begin(), more.end());
  return pids;
}

constexpr const char* models[] = {"prefork", "prefork-epoll", "process", "thread", "evented"};

std::vector<std::string> one_worker(const std::string& model) {
  return model.starts_with("prefork")
             ? pool_of(1, {"--model", model})
             : std::vector<std::string>{"--model", model, "--think-time", "0"};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_program_and_its_worker_are_not_given_up) {
  for (const char* const model : models) {
    BOOST_TEST_INFO_SCOPE(model);
    const CgiFolder folder;
    folder.add("slow.sh", report_pid + "sleep 0.5\n" + text_head + "sleep 0.7; echo done\n");
    Launch launch{.binary = BROOD_BINARY, .options = one_worker(model)};
    launch.options.insert(launch.options.end(),
                          {"--handler", "cgi", "--root", folder.path(), "--cgi-timeout", "1900ms",
                           "--request-timeout", "2s"});
    Server server(launch);
    Client client = Client::tcp(server.port());
    client.send(get_request("/slow.sh", {"Connection: close"}));
    const pid_t program = folder.number_in("pid");
    std::vector<pid_t> more{program};
    for (const pid_t child : children_of(program)) more.push_back(child);
    for (const pid_t worker : server.workers())
      for (const pid_t child : children_of(worker)) more.push_back(child);
    stand_still(all_of(server, more), 3s);
    const auto [bytes, ended] = client.read_to_end();
    BOOST_TEST(ended);
    BOOST_TEST(bytes.starts_with("HTTP/1.1 200"), bytes);
    BOOST_TEST(bytes.find("done") != std::string::npos, bytes);
    BOOST_TEST(server.log("worker_asked").empty());
    BOOST_TEST(server.log("worker_ended").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_client_whose_head_or_body_is_not_whole_has_its_time) {
  for (const char* const model : models) {
    BOOST_TEST_INFO_SCOPE(model);
    Launch launch{.binary = BROOD_BINARY, .options = one_worker(model)};
    launch.options.insert(launch.options.end(),
                          {"--header-timeout", "1s", "--body-timeout", "1s", "--keep-alive-timeout",
                           "1s", "--request-timeout", "2s"});
    if (std::string(model) == "prefork")
      launch.options[1] = launch.options[3] = launch.options[5] = "4";
    Server server(launch);
    Client head = Client::tcp(server.port());
    head.send("GET / HTTP/1.1\r\nHost: ");
    Client body = Client::tcp(server.port());
    body.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nConnection: close\r\n\r\nab");
    Client kept = Client::tcp(server.port());
    BOOST_TEST(kept.exchange(get_request("/")).status == 200);
    std::vector<pid_t> children;
    for (const pid_t worker : server.workers())
      for (const pid_t child : children_of(worker)) children.push_back(child);
    stand_still(all_of(server, children), 2500ms);
    head.send("test\r\nConnection: close\r\n\r\n");
    body.send("cd");
    BOOST_TEST(head.read_reply().status == 200);
    BOOST_TEST(body.read_reply().status == 200);
    BOOST_TEST(kept.exchange(get_request("/")).status == 200);
    BOOST_TEST(server.log("worker_ended").empty());
  }
}

// It has a second to put things in order, of which it needs the half.
BOOST_AUTO_TEST_CASE(a_program_that_was_asked_to_end_has_its_time) {
  for (const char* const model : models) {
    BOOST_TEST_INFO_SCOPE(model);
    const CgiFolder folder;
    folder.add("x", "trap 'echo > asked; sleep 0.5; echo > tidied; exit' TERM\n" + report_pid +
                        text_head + "while :; do sleep 0.05; done\n");
    Launch launch{.binary = BROOD_BINARY, .options = one_worker(model)};
    launch.options.insert(launch.options.end(), {"--handler", "cgi", "--root", folder.path()});
    Server server(launch);
    Client client = Client::tcp(server.port());
    client.send(get_request("/x"));
    const pid_t program = folder.number_in("pid");
    client.abort();
    BOOST_TEST(eventually([&] { return std::filesystem::exists(folder / "asked"); }));
    std::vector<pid_t> more{program};
    for (const pid_t child : children_of(program)) more.push_back(child);
    for (const pid_t worker : server.workers())
      for (const pid_t child : children_of(worker)) more.push_back(child);
    stand_still(all_of(server, more), 2s);
    BOOST_TEST(eventually([&] { return !is_alive(program); }));
    BOOST_TEST(std::filesystem::exists(folder / "tidied"));
  }
}

// Longer than a worker may take to be gone once it is in EXIT.
BOOST_AUTO_TEST_CASE(a_supervisor_that_stood_still_blames_nobody) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(3, {"--max-requests", "2"})});
  Load load({.port = server.port(), .clients = 2});
  BOOST_TEST(load.reaches(20));
  BOOST_TEST_REQUIRE(suspend(server.pid()));
  std::this_thread::sleep_for(10'500ms);
  const std::size_t before = server.mark();
  server.signal(SIGCONT);
  BOOST_TEST(load.reaches(load.counts().ok + 20));
  load.stop();
  for (const LogLine& end : server.log("worker_ended", before))
    BOOST_TEST(text_of(end, "cause") == "recycled", text_of(end, "reason"));
}

BOOST_AUTO_TEST_SUITE_END()
