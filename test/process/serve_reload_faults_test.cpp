// SIGHUP when something is wrong: with the file, with the newcomers, with those who are to leave,
// or with the moment.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/client.hpp"
#include "support/reloads.hpp"

BOOST_AUTO_TEST_SUITE(serve_reload_faults)

using namespace brood::test;

BOOST_AUTO_TEST_CASE(what_is_wrong_changes_nothing) {
  const Configured config;
  Server server(config.launch(three));
  const std::vector<pid_t> workers = server.workers();
  const auto refused = [&](const std::string& text) {
    config.write(text);
    const LogLine line = reload(server);
    BOOST_TEST(text_of(line, "outcome") == "refused, nothing is changed");
    BOOST_TEST(number_of(line, "generation") == 1);
    return text_of(line, "reason");
  };
  BOOST_TEST(refused(three + "max-spar = 4\n") ==
             config.path() + ":4: unknown option max-spar: did you mean max-spare?");
  BOOST_TEST(refused("min-spare = 5\nmax-spare = 3\n").starts_with(config.path() + ":1: "));
  BOOST_TEST(refused("handler = files\nroot = /nowhere\n").find("/nowhere") != std::string::npos);
  BOOST_TEST(refused("log-file = /nowhere/log\n").find("/nowhere/log") != std::string::npos);
  BOOST_TEST(refused("max-workers = 60000\n") ==
             "max-workers 60000 needs a restart: lower it, or restart for it");
  const Server other({.binary = BROOD_BINARY});
  const std::string taken = "127.0.0.1:" + std::to_string(other.port());
  BOOST_TEST(refused(three + "listen = 127.0.0.1:0\nlisten = " + taken + "\n").find(taken) !=
             std::string::npos);
  std::filesystem::remove(config.path());
  server.signal(SIGHUP);
  BOOST_TEST(eventually([&] { return server.log("reload").size() == 7; }));
  BOOST_TEST((server.workers() == workers));
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_path_at_which_somebody_else_serves_by_now_is_left_to_him) {
  const Configured config;
  const std::string path = config.folder / "socket";
  const std::string text = three + "think-time = 0\nlisten = 127.0.0.1:0\n";
  const Launch launch = config.launch(text + "listen = unix:" + path + "\n");
  Server server(launch);
  std::filesystem::remove(path);
  Server other(
      {.binary = BROOD_BINARY, .options = {"--listen", "unix:" + path, "--think-time", "0"}});
  config.write(text);
  BOOST_TEST(text_of(reload(server), "outcome") == "done");
  BOOST_TEST(Client::unix_path(path).exchange(get_request("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_newcomer_that_does_not_start_leaves_the_old_generation_whole) {
  const Configured config;
  const std::string text = three + "handler = fault\n";
  Server server(config.launch(text));
  const std::vector<pid_t> workers = server.workers();
  Load load({.port = server.port(), .clients = 2});
  config.write(text + "plugin-arg = fail\n");
  const LogLine failed = reload(server);
  BOOST_TEST(text_of(failed, "outcome") == "given up, generation 1 serves on");
  BOOST_TEST(text_of(failed, "reason").find("asked to fail in this generation") !=
             std::string::npos);
  BOOST_TEST(eventually([&] { return server.workers() == workers; }));
  config.write(text);
  BOOST_TEST(number_of(reload(server), "generation") == 3);
  BOOST_TEST(all_are_of(server, 3));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0U, counts.first_failure);
  BOOST_TEST(server.stop() == 0);
}

// Method: the first newcomer comes into slot 3, as the three before it are all taken.
BOOST_AUTO_TEST_CASE(a_later_newcomer_that_does_not_start_brings_the_old_generation_back) {
  const Configured config;
  const std::string text = three + "handler = fault\n";
  Server server(config.launch(text));
  Load load({.port = server.port(), .clients = 2});
  config.write(text + "plugin-arg = fail-but-slot 3\n");
  const LogLine failed = reload(server);
  BOOST_TEST(text_of(failed, "outcome") == "given up, generation 1 serves on");
  server.wait_for([](const LogLine& line) {
    return is_event(line, "reload") && text_of(line, "outcome") == "back";
  });
  BOOST_TEST(all_are_of(server, 1));
  BOOST_TEST(eventually([&] { return server.workers().size() == 3; }));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0U, counts.first_failure);
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_react_holds_nobody_up) {
  const Configured config;
  Server server(config.launch(three + "handler = fault\nrequest-timeout = 1m\n"));
  Client stuck = Client::tcp(server.port());
  stuck.send(get_request("/loop"));
  wait_for_busy(server);
  suspend(server.workers().front());
  const LogLine done = reload(server);
  BOOST_TEST(text_of(done, "outcome") == "done");
  BOOST_TEST(number_of(done, "old") >= 1);
  BOOST_TEST(eventually([&] { return server.workers().size() == 4; }));
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(of_more_old_generations_than_max_generations_the_oldest_is_ended) {
  const Configured config;
  Server server(config.launch(three + "handler = fault\nmax-generations = 1\n"));
  Client old = Client::tcp(server.port());
  old.send(get_request("/sleep/60000"));
  wait_for_busy(server);
  BOOST_TEST(number_of(reload(server), "old") >= 1);
  BOOST_TEST(eventually([&] { return server.workers().size() == 4; }));
  Client older = Client::tcp(server.port());
  older.send(get_request("/sleep/60000"));
  wait_for_busy(server, 2);
  reload(server);
  const LogLine cut = server.wait_for([](const LogLine& line) {
    return is_event(line, "worker_ended") && text_of(line, "cause") == "cut";
  });
  BOOST_TEST(number_of(cut, "generation") == 1);
  BOOST_TEST(text_of(cut, "reason").find("max-generations") != std::string::npos);
  BOOST_TEST(old.is_closed_by_server());
}

BOOST_AUTO_TEST_CASE(a_second_reload_waits_for_the_first_and_says_so) {
  const Configured config;
  const std::string text = three + "handler = fault\nplugin-arg = sleep 300\n";
  Server server(config.launch(text));
  server.signal(SIGHUP);
  server.wait_for("reload_begun");
  server.signal(SIGHUP);
  BOOST_TEST(text_of(server.wait_for("reload"), "outcome") == "put off");
  const LogLine last = server.wait_for([](const LogLine& line) {
    return is_event(line, "reload") && number_of(line, "generation") == 3;
  });
  BOOST_TEST(text_of(last, "outcome") == "done");
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_stop_in_the_middle_of_a_reload_leaves_nobody) {
  const Configured config;
  Server server(config.launch(three + "handler = fault\nplugin-arg = sleep 300\n"));
  server.signal(SIGHUP);
  server.wait_for("reload_begun");
  BOOST_TEST(server.stop() == 0);
  BOOST_TEST(group_members(server.pid()).empty());
}

BOOST_AUTO_TEST_SUITE_END()
