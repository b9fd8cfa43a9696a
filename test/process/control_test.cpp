// The control socket and brood ctl: each order, who may give it, and what abuse does not do.
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/balancer.hpp"
#include "support/cgi_folder.hpp"
#include "support/client.hpp"
#include "support/faults.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(control)

namespace {

using namespace brood::test;
namespace json = boost::json;

/// A folder that has control sockets in it, found by $XDG_RUNTIME_DIR.
class Runtime {
 public:
  std::string socket() const { return folder_ / "control"; }
  std::string operator/(const std::string& name) const { return folder_ / name; }
  std::string variable() const { return "XDG_RUNTIME_DIR=" + (folder_ / ""); }

  /// With the default place for its socket.
  Launch launch(int size = 2, std::vector<std::string> more = {}) const {
    Launch launch{.binary = BROOD_BINARY, .options = pool_of(size, std::move(more))};
    launch.environment = {variable()};
    return launch;
  }
  Launch launch_at(const std::string& path, int size = 2) const {
    return launch(size, {"--control", path});
  }
  Finished ctl(std::vector<std::string> words) const {
    words.insert(words.begin(), "ctl");
    return run_to_end(
        {.binary = BROOD_BINARY, .options = std::move(words), .environment = {variable()}});
  }
  std::vector<std::string> sockets() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / ""))
      names.push_back(entry.path().filename().string());
    return names;
  }

 private:
  TempFolder folder_;
};

Reply ask(const std::string& path, const std::string& request) {
  return Client::unix_path(path).exchange(request);
}

json::object status_of(const std::string& path) {
  const Reply reply = ask(path, get_request("/v1/status"));
  BOOST_TEST_REQUIRE(reply.status == 200);
  return json::parse(reply.body).as_object();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_one_server_is_found_and_shown) {
  const Runtime runtime;
  Server server(runtime.launch(3));
  const std::string name = "brood-" + std::to_string(server.pid()) + ".sock";
  BOOST_TEST((runtime.sockets() == std::vector<std::string>{name}));
  struct stat file {};
  BOOST_TEST(::stat((runtime / name).c_str(), &file) == 0);
  BOOST_TEST((file.st_mode & 0777U) == 0600U);

  const Finished status = runtime.ctl({"status"});
  BOOST_TEST(status.status == 0);
  BOOST_TEST(has(status.out, "pid " + std::to_string(server.pid())), status.out);
  BOOST_TEST(has(status.out, "3 idle, 0 busy"), status.out);
  BOOST_TEST(has(status.out, "slot "), status.out);
  for (const pid_t worker : server.workers())
    BOOST_TEST(has(status.out, std::to_string(worker)), status.out);
  BOOST_TEST(server.log("dump").empty());

  const Finished raw = runtime.ctl({"status", "--json"});
  BOOST_TEST(raw.status == 0);
  BOOST_TEST(json::parse(raw.out).at("workers").at("idle").as_int64() == 3);

  const Finished health = runtime.ctl({"health"});
  BOOST_TEST(health.status == 0);
  BOOST_TEST(health.out == "serving: 3 idle, 0 busy\n");

  const Finished dump = runtime.ctl({"dump"});
  BOOST_TEST(dump.status == 0);
  BOOST_TEST(has(dump.out, "The pool: 3 idle"), dump.out);
  BOOST_TEST(server.log("dump_slot").size() == 3U);

  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(runtime.sockets().empty());
}

BOOST_AUTO_TEST_CASE(stop_returns_when_the_server_has_gone) {
  const Runtime runtime;
  Server server(runtime.launch());
  const Finished stopped = runtime.ctl({"stop"});
  BOOST_TEST(stopped.status == 0);
  BOOST_TEST(has(stopped.out, "stop done"), stopped.out);
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(text_of(server.wait_for("stopping"), "reason") == "control");
  BOOST_TEST(runtime.sockets().empty());
}

BOOST_AUTO_TEST_CASE(stop_now_does_not_wait_for_requests) {
  const Runtime runtime;
  Server server(runtime.launch(1, {"--think-time", "1h"}));
  Client busy = Client::tcp(server.port());
  busy.send(get_request("/"));
  server.wait_for([](const LogLine& line) { return number_of(line, "busy") == 1; });
  BOOST_TEST(runtime.ctl({"stop", "--now"}).status == 0);
  BOOST_TEST(server.wait_exit() == 0);
  BOOST_TEST(text_of(server.wait_for("killing"), "reason") == "control");
}

BOOST_AUTO_TEST_CASE(scale_returns_when_the_spares_are_there) {
  const Runtime runtime;
  Server server(runtime.launch(2, {"--max-workers", "9"}));
  BOOST_TEST(runtime.ctl({"scale", "5", "6"}).status == 0);
  BOOST_TEST(server.workers().size() >= 5U);
  const json::object status = json::parse(runtime.ctl({"status", "--json"}).out).as_object();
  BOOST_TEST(status.at("limits").at("min_spare").as_int64() == 5);
  BOOST_TEST(status.at("limits").at("max_spare").as_int64() == 6);
  BOOST_TEST(runtime.ctl({"scale", "1", "1"}).status == 0);
  BOOST_TEST(eventually([&] { return server.workers().size() == 1U; }));
  const Finished beyond = runtime.ctl({"scale", "5", "10"});
  BOOST_TEST(beyond.status == 1);
  BOOST_TEST(has(beyond.err, "max-workers, which is 9"), beyond.err);
}

BOOST_AUTO_TEST_CASE(the_log_is_turned_up_and_opened_again) {
  const Runtime runtime;
  const std::string log = runtime / "log";
  Launch launch = runtime.launch_at(runtime.socket());
  launch.awaits_idle = false;
  Server server(runtime.launch_at(runtime.socket()));
  BOOST_TEST(runtime.ctl({"log-level", "error", "--control", runtime.socket()}).status == 0);
  const std::size_t quiet = server.mark();
  BOOST_TEST(runtime.ctl({"reopen", "--control", runtime.socket()}).status == 0);
  BOOST_TEST(server.log("log_reopened", quiet).empty());
  BOOST_TEST(runtime.ctl({"log-level", "info", "--control", runtime.socket()}).status == 0);
  BOOST_TEST(runtime.ctl({"reopen", "--control", runtime.socket()}).status == 0);
  server.wait_for("log_reopened", quiet);
  const Finished wrong = runtime.ctl({"log-level", "loud", "--control", runtime.socket()});
  BOOST_TEST(wrong.status == 2);
}

BOOST_AUTO_TEST_CASE(which_server_is_meant_must_be_clear) {
  const Runtime runtime;
  const Finished none = runtime.ctl({"status"});
  BOOST_TEST(none.status == 4);
  BOOST_TEST(has(none.err, "no server is found in"), none.err);
  {
    Server first(runtime.launch(1));
    Server second(runtime.launch(1));
    const Finished several = runtime.ctl({"status"});
    BOOST_TEST(several.status == 5);
    BOOST_TEST(has(several.err, "(pid " + std::to_string(first.pid()) + ")"), several.err);
    BOOST_TEST(has(several.err, "(pid " + std::to_string(second.pid()) + ")"), several.err);
    first.signal(SIGKILL);
    first.wait_exit();
    // Its file is left: it is passed over.
    BOOST_TEST(runtime.sockets().size() == 2U);
    const Finished one = runtime.ctl({"health"});
    BOOST_TEST(one.status == 0, one.err);
    const std::string stale = runtime / ("brood-" + std::to_string(first.pid()) + ".sock");
    const Finished gone = runtime.ctl({"health", "--control", stale});
    BOOST_TEST(gone.status == 4);
    BOOST_TEST(has(gone.err, "has gone"), gone.err);
  }
  BOOST_TEST(runtime.ctl({"health", "--control", runtime / "nothing"}).status == 4);
}

BOOST_AUTO_TEST_CASE(a_place_that_was_asked_for_is_there_or_nothing_starts) {
  const Runtime runtime;
  const auto start = [&](const std::string& path) {
    return run_to_end({.binary = BROOD_BINARY,
                       .options = {"serve", "--listen", "127.0.0.1:0", "--control", path}});
  };
  const Finished nowhere = start("/nonexistent/control");
  BOOST_TEST(nowhere.status == 3);
  BOOST_TEST(has(nowhere.err, "/nonexistent/control"), nowhere.err);
  std::ofstream(runtime.socket()) << "mine\n";
  BOOST_TEST(start(runtime.socket()).status == 3);
  BOOST_TEST(std::filesystem::is_regular_file(runtime.socket()));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_a_successors_is_left_alone) {
  const Runtime runtime;
  Server server(runtime.launch_at(runtime.socket()));
  std::filesystem::remove(runtime.socket());
  Server successor(runtime.launch_at(runtime.socket()));
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(std::filesystem::exists(runtime.socket()));
  BOOST_TEST(status_of(runtime.socket()).at("pid").as_int64() == successor.pid());
}

// Method: a cgi program of the same user asks, by the path that it was told.
BOOST_AUTO_TEST_CASE(what_a_worker_starts_is_refused) {
  const Runtime runtime;
  const CgiFolder cgi;
  cgi.add("ask", text_head + "exec " + BROOD_BINARY + " ctl status --control " + runtime.socket() +
                     " 2>&1\n");
  Launch launch = cgi_launch(cgi.path(), {"--control", runtime.socket()});
  const Server server(launch);
  const std::string said = brood::test::ask(server, "/ask").body;
  BOOST_TEST(has(said, "may not use its control socket"), said);
  server.wait_for("control");
  BOOST_TEST(status_of(runtime.socket()).at("pid").as_int64() == server.pid());
  for (const pid_t worker : server.workers())
    for (const std::string& file : open_files(worker)) BOOST_TEST(!has(file, runtime.socket()));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_or_not_sound_is_refused) {
  const Runtime runtime;
  const Server server(runtime.launch_at(runtime.socket()));
  const std::string path = runtime.socket();
  BOOST_TEST(ask(path, get_request("/v2/status")).status == 404);
  BOOST_TEST(ask(path, get_request("/v1/stop")).status == 405);
  BOOST_TEST(ask(path, "nonsense\r\n\r\n").status == 400);
  BOOST_TEST(
      ask(path, "POST /v1/stop HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\n[1]").status == 400);
  BOOST_TEST(
      ask(path, "POST /v1/stop HTTP/1.1\r\nHost: b\r\nContent-Length: 9999999\r\n\r\n").status ==
      413);
  BOOST_TEST(ask(path, get_request("/v1/status", {"X: " + std::string(8000, 'x')})).status == 431);
  BOOST_TEST(status_of(path).at("state").as_string() == "serving");
}

// Method: 100 clients who say nothing, or half of a head; the pool serves, and whoever asks next is
// answered when the silent have had their time.
BOOST_AUTO_TEST_CASE(abuse_delays_nobody) {
  const Runtime runtime;
  Server server(runtime.launch_at(runtime.socket(), 4));
  std::vector<Client> silent;
  for (int client = 0; client < 60; ++client) {
    silent.push_back(Client::unix_path(runtime.socket()));
    BOOST_TEST(silent.back().is_connected());
    if (client % 2 == 0) silent.back().send("GET /v1/status HT");
    if (client % 3 == 0) silent.back().send(std::string(100'000, 'x'));
  }
  for (int request = 0; request < 20; ++request)
    BOOST_TEST(get(server.port(), "/healthcheck").status == 200);
  const json::object status = status_of(runtime.socket());
  BOOST_TEST(status.at("state").as_string() == "serving");
  BOOST_TEST_MESSAGE("oldest picture: " << status.at("picture_age_most_us"));
  for (Client& client : silent) BOOST_TEST(client.is_closed_by_server());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(off_means_off) {
  const Runtime runtime;
  const Server server(runtime.launch(1, {"--control", "off"}));
  BOOST_TEST(runtime.sockets().empty());
}

BOOST_AUTO_TEST_CASE(a_reload_returns_when_all_workers_serve_by_it) {
  const Runtime runtime;
  const std::string file = runtime / "conf";
  std::ofstream(file) << "start-workers = 3\nmin-spare = 3\nthink-time = 0\n";
  Launch launch{.binary = BROOD_BINARY, .options = {"--config", file}};
  launch.environment = {runtime.variable()};
  Server server(launch);
  std::ofstream(file) << "start-workers = 2\nmin-spare = 2\nthink-time = 0\n";
  const Finished reload = runtime.ctl({"reload"});
  BOOST_TEST(reload.status == 0, reload.err);
  BOOST_TEST(has(reload.out, "generation 2 serves"), reload.out);
  const json::object status = json::parse(runtime.ctl({"status", "--json"}).out).as_object();
  for (const json::value& slot : status.at("slots").as_array())
    BOOST_TEST(slot.at("generation").as_int64() == 2);
  std::ofstream(file) << "min-spare = many\n";
  const Finished refused = runtime.ctl({"reload"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(has(refused.err, file + ":1: "), refused.err);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_balancer_knows_the_same_words) {
  const Runtime runtime;
  Backend backend;
  const std::string file = runtime / "conf";
  const auto write = [&](const std::string& line) {
    std::ofstream(file) << "server = 127.0.0.1:" << backend.port() << '\n' << line << '\n';
  };
  write("");
  Launch launch{.binary = BROOD_BINARY, .options = {"--config", file}};
  launch.command = "balance";
  launch.environment = {runtime.variable()};
  Server balancer(launch);
  get(balancer.port(), "/");
  const Finished seen = runtime.ctl({"status", "--json"});
  BOOST_TEST_REQUIRE(seen.status == 0, seen.err);
  const json::object status = json::parse(seen.out).as_object();
  BOOST_TEST(status.at("command").as_string() == "balance");
  BOOST_TEST(status.at("given").as_int64() == 1);
  BOOST_TEST(status.at("servers").as_array().at(0).at("state").as_string() == "up");
  BOOST_TEST(has(runtime.ctl({"status"}).out, "127.0.0.1:" + std::to_string(backend.port())));
  BOOST_TEST(runtime.ctl({"health"}).out == "serving: 1 of 1 servers up, 0 clients\n");
  BOOST_TEST(runtime.ctl({"dump"}).status == 0);
  balancer.wait_for("dump_end");

  write("server = 127.0.0.1:9,backup");
  const Finished reload = runtime.ctl({"reload"});
  BOOST_TEST(reload.status == 0, reload.err);
  BOOST_TEST(has(reload.out, "1 servers added, 0 changed, 0 removed"), reload.out);
  write("serve = 127.0.0.1:9");
  const Finished refused = runtime.ctl({"reload"});
  BOOST_TEST(refused.status == 1);
  BOOST_TEST(has(refused.err, file + ":2: "), refused.err);
  BOOST_TEST(runtime.ctl({"log-level", "warn"}).status == 0);
  BOOST_TEST(runtime.ctl({"reopen"}).status == 0);
  BOOST_TEST(runtime.ctl({"scale", "1", "2"}).status == 7);
  BOOST_TEST(runtime.ctl({"stop", "--now"}).status == 0);
  BOOST_TEST(balancer.wait_exit() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
