// SIGHUP: servers come, go and change their weights, while clients are served and what is known of
// those that stay is kept. SIGINT shows them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "support/balancer.hpp"
#include "support/faults.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(balance_reload)

namespace {

using brood::UniqueFd;
using namespace brood::test;
using namespace std::chrono_literals;

const std::string tcp = "mode = tcp\nhealth-format = entries\n";

struct Configured {
  TemporaryFolder folder;

  std::string path() const { return folder / "balance.conf"; }
  void write(const std::vector<std::string>& servers,
             const std::string& more = tcp + "strategy = round-robin\n") const {
    std::ofstream file(path());
    file << more << "slow-start = 0\n";
    for (const std::string& server : servers) file << "server = " << server << '\n';
  }
  Launch launch() const {
    return {.binary = BROOD_BINARY,
            .options = {"--config", path(), "-X", "50ms"},
            .command = "balance"};
  }
};

/// Reloads and waits for the verdict.
LogLine reload(const Server& balancer) {
  const std::size_t mark = balancer.mark();
  balancer.signal(SIGHUP);
  return balancer.wait_for("reload", mark);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_that_is_added_is_probed_and_then_used) {
  Backend one, two;
  const Configured config;
  config.write({one.address()});
  const Server balancer(config.launch());
  BOOST_TEST(answered_by(balancer.port()) == port_text(one));
  config.write({one.address(), two.address()});
  BOOST_TEST(number_of(reload(balancer), "added") == 1);
  BOOST_TEST(eventually([&] { return answered_by(balancer.port()) == port_text(two); }));
}

BOOST_AUTO_TEST_CASE(a_server_that_is_removed_finishes_what_it_has) {
  Backend one([](Visit& visit) {
    visit.begins_with("xy");
    visit.send("one");
  });
  Backend two([](Visit& visit) { visit.send("two"); });
  const Configured config;
  config.write({one.address()});
  const Server balancer(config.launch());
  Client before = Client::tcp(balancer.port());
  before.send("x");
  BOOST_TEST(eventually([&] { return one.visits() == 1; }));
  config.write({two.address()});
  BOOST_TEST(number_of(reload(balancer), "removed") == 1);
  BOOST_TEST(eventually([&] { return ask(balancer.port(), "z") == "two"; }));
  before.send("y");
  before.half_close();
  BOOST_TEST(before.read_to_end().first == "one");
  const std::uint64_t probes = one.probes();
  const std::uint64_t others = two.probes();
  BOOST_TEST(eventually([&] { return two.probes() > others + 3; }));
  BOOST_TEST(one.probes() <= probes + 1);
}

BOOST_AUTO_TEST_CASE(what_is_known_of_those_that_stay_is_kept) {
  Backend one, two;
  const Configured config;
  config.write({one.address(), two.address()});
  const Server balancer(config.launch());
  two.stop();
  balancer.wait_for([](const LogLine& line) {
    return is_event(line, "health") && text_of(line, "to") == "down";
  });
  config.write({one.address() + ",weight=3", two.address() + ",weight=2"});
  const std::size_t mark = balancer.mark();
  BOOST_TEST(number_of(reload(balancer), "changed") == 2);
  for (int count = 0; count < 10; ++count)
    BOOST_TEST(answered_by(balancer.port()) == port_text(one));
  BOOST_TEST(balancer.log("health", mark).empty());
}

BOOST_AUTO_TEST_CASE(a_bad_file_changes_nothing_and_says_what_is_wrong) {
  Backend one;
  const Configured config;
  config.write({one.address()});
  const Server balancer(config.launch());
  config.write({one.address() + ",wait=3"});
  const LogLine refused = reload(balancer);
  BOOST_TEST(text_of(refused, "outcome") == "refused, nothing is changed");
  BOOST_TEST(text_of(refused, "reason").find("balance.conf:5: server = ") != std::string::npos,
             text_of(refused, "reason"));
  BOOST_TEST(answered_by(balancer.port()) == port_text(one));
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_by_reloads_under_load) {
  Backend one, two, three;
  const Configured config;
  const std::string mode = "mode = http\n";
  config.write({one.address(), two.address()}, mode);
  const Server balancer(config.launch());
  Load load({.port = balancer.port(), .clients = 4, .requests_per_connection = 10});
  for (const auto& servers : std::vector<std::vector<std::string>>{
           {two.address()}, {one.address(), two.address(), three.address()}, {three.address()}}) {
    const std::uint64_t before = load.counts().ok;
    config.write(servers, mode);
    BOOST_TEST(text_of(reload(balancer), "outcome") == "done");
    BOOST_TEST(load.reaches(before + 100));
  }
  BOOST_TEST(eventually([&] { return three.visits() > 0; }));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0U, counts.first_failure);
}

BOOST_AUTO_TEST_CASE(changed_options_that_need_a_restart_are_named) {
  Backend one;
  const Configured config;
  config.write({one.address()});
  const Server balancer(config.launch());
  reload(balancer);
  BOOST_TEST(balancer.log("reload_needs_restart").empty());
  config.write({one.address() + ",weight=2"}, tcp + "strategy = random\nmax-queue = 7\n");
  BOOST_TEST(number_of(reload(balancer), "changed") == 1);
  const auto lines = balancer.log("reload_needs_restart");
  BOOST_TEST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(text_of(lines[0], "options") == "max-queue, strategy");
}

BOOST_AUTO_TEST_CASE(a_signal_that_comes_while_a_bad_file_is_read_is_not_lost) {
  Backend one, two;
  const Configured config;
  config.write({one.address()});
  const Server balancer(config.launch());
  // Whoever reads it now waits for whoever writes it.
  std::filesystem::remove(config.path());
  BOOST_TEST_REQUIRE(::mkfifo(config.path().c_str(), 0600) == 0);
  balancer.signal(SIGHUP);
  balancer.signal(SIGINT);
  balancer.wait_for("dump_end");
  balancer.signal(SIGHUP);
  const std::size_t mark = balancer.mark();
  balancer.signal(SIGINT);
  balancer.wait_for("dump_end", mark);
  const auto feed = [&](const std::string& text) {
    UniqueFd pipe;
    BOOST_TEST_REQUIRE(eventually([&] {  // Until it is being read.
      pipe.reset(::open(config.path().c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
      return static_cast<bool>(pipe);
    }));
    BOOST_TEST(::write(pipe.get(), text.data(), text.size()) == ssize_t(text.size()));
  };
  feed("server = none\n");
  const auto says = [&](const std::string& outcome) {
    balancer.wait_for([&](const LogLine& line) {
      return is_event(line, "reload") && text_of(line, "outcome") == outcome;
    });
  };
  says("refused, nothing is changed");
  feed("mode = tcp\nserver = " + one.address() + "\nserver = " + two.address() + '\n');
  says("done");
}

BOOST_AUTO_TEST_CASE(logs_are_opened_anew_after_a_rotation) {
  Backend one;
  const Configured config;
  config.write({one.address()});
  Launch launch = config.launch();
  const std::string log = config.folder / "access.log";
  launch.options.insert(launch.options.end(), {"--access-log", log});
  const Server balancer(launch);
  const auto lines_in = [](const std::string& path) {
    std::ifstream file(path);
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  ask(balancer.port());
  BOOST_TEST(eventually([&] { return lines_in(log) == 1; }));
  std::filesystem::rename(log, log + ".1");
  balancer.signal(SIGUSR1);
  BOOST_TEST(text_of(balancer.wait_for("log_reopened"), "outcome") == "done");
  ask(balancer.port());
  BOOST_TEST(eventually([&] { return lines_in(log) == 1; }));
  BOOST_TEST(lines_in(log + ".1") == 1);
}

BOOST_AUTO_TEST_CASE(the_dump_shows_servers_and_decisions) {
  Backend one, two;
  one.tell(7, 2);
  const Configured config;
  config.write({one.address() + ",weight=2", two.address()});
  const Server balancer(config.launch());
  for (int count = 0; count < 6; ++count) ask(balancer.port());
  balancer.signal(SIGINT);
  balancer.wait_for("dump_end");
  const auto servers = balancer.log("dump_server");
  BOOST_REQUIRE(servers.size() == 2U);
  BOOST_TEST(text_of(servers[0], "server") == one.address());
  BOOST_TEST(text_of(servers[0], "state") == "up");
  BOOST_TEST(text_of(servers[0], "reason") == "the first probe passed");
  BOOST_TEST(text_of(servers[0], "last_probe") == "passed");
  BOOST_TEST(number_of(servers[0], "entries") == 7);
  BOOST_TEST(number_of(servers[0], "errors") == 2);
  BOOST_TEST(number_of(servers[0], "given") + number_of(servers[1], "given") == 6);
  const auto decisions = balancer.log("dump_decision");
  BOOST_TEST(decisions.size() == 6U);
  BOOST_TEST(text_of(decisions[0], "rule") == "round-robin");
  BOOST_TEST(!text_of(decisions[0], "candidates").empty());
  BOOST_TEST(ask(balancer.port()).starts_with("HTTP/1.1 200"));
}

BOOST_AUTO_TEST_SUITE_END()
