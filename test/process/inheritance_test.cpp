// Whoever starts a server leaves it with signals that are blocked or ignored, descriptors that are
// closed, limits that are low. It works, or says what it is short of.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "support/balancer.hpp"
#include "support/cgi_folder.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(inheritance)

namespace {

using namespace brood::test;

Launch started_by(Launch launch, std::vector<std::string> through) {
  launch.through = std::move(through);
  return launch;
}

const std::vector<std::string> blocking{"/usr/bin/env",
                                        "--block-signal=CHLD,TERM,INT,HUP,USR1,QUIT,ALRM"};

std::uint64_t mask_of(pid_t pid, const std::string& which) {
  return std::stoull(proc_field(pid, "status", which), nullptr, 16);
}

constexpr std::uint64_t bit(int signal) {
  return std::uint64_t{1} << (signal - 1);
}

/// Where stdin, stdout and stderr lead to.
std::vector<std::string> stdio_of(pid_t pid) {
  std::vector<std::string> targets;
  for (const char* const fd : {"0", "1", "2"}) {
    std::error_code error;
    targets.push_back(
        std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/" + fd, error));
  }
  return targets;
}

const std::vector<std::string> nohup{"/usr/bin/env", "--ignore-signal=HUP"};

}  // namespace

BOOST_AUTO_TEST_CASE(blocked_signals_are_unblocked_in_supervisor_and_workers) {
  for (const char* const model : {"prefork", "prefork-epoll", "process", "thread"}) {
    BOOST_TEST_INFO_SCOPE(model);
    std::vector<std::string> options{"--model", model};
    if (std::string(model).starts_with("prefork")) options = pool_of(2, options);
    Server server(started_by({.binary = BROOD_BINARY, .options = options}, blocking));
    BOOST_TEST(mask_of(server.pid(), "SigBlk:") == 0U);
    const pid_t worker = server.workers().at(0);
    constexpr std::uint64_t own = bit(SIGTERM) | bit(SIGCHLD);  // Read from descriptors.
    BOOST_TEST((mask_of(worker, "SigBlk:") & ~own) == 0U);
    ::kill(worker, SIGKILL);
    BOOST_TEST(text_of(end_of(server, worker), "reason") == "killed (SIGKILL)");
    BOOST_TEST(next_in_slot(server, 0, worker) != 0);
    BOOST_TEST(server.stop() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_cgi_program_starts_with_a_clean_mask) {
  const CgiFolder folder;
  folder.add("mask.sh", "printf 'Content-Type: text/plain\\n\\n'; grep SigBlk /proc/self/status");
  Server server(started_by({.binary = BROOD_BINARY,
                            .options = pool_of(1, {"--handler", "cgi", "--root", folder.path()})},
                           blocking));
  BOOST_TEST(ask(server, "/mask.sh").body == "SigBlk:\t0000000000000000\n");
}

BOOST_AUTO_TEST_CASE(a_balancer_unblocks_them_too) {
  const Backend backend;
  Server balancer(started_by(brood::test::balancer({&backend}), blocking));
  BOOST_TEST(mask_of(balancer.pid(), "SigBlk:") == 0U);
  BOOST_TEST(get(balancer.port(), "/").status == 200);
  BOOST_TEST(balancer.stop() == 0);
}

BOOST_AUTO_TEST_CASE(sighup_that_was_ignored_stays_so) {
  const Backend backend;
  Server server(started_by(balancer({&backend}), nohup));
  BOOST_TEST((mask_of(server.pid(), "SigIgn:") & bit(SIGHUP)) != 0U);
  const std::size_t before = server.mark();
  server.signal_group(SIGHUP);
  server.signal(SIGINT);
  server.wait_for("dump_server", before);
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(server.log("stopping").empty());
  BOOST_TEST(server.log("reload").empty());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_person_reloads_also_what_nohup_started) {
  Server server(started_by({.binary = BROOD_BINARY, .options = pool_of(2)}, nohup));
  server.signal(SIGHUP);
  BOOST_TEST(text_of(server.wait_for("reload"), "outcome") == "done");
  BOOST_TEST(server.log("stopping").empty());
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_CASE(sigusr2_sigpipe_and_sigxfsz_end_nobody) {
  const Backend backend;
  for (const Launch& launch :
       {Launch{.binary = BROOD_BINARY, .options = pool_of(2)}, balancer({&backend})}) {
    BOOST_TEST_INFO_SCOPE(launch.command);
    Server server(launch);
    const std::vector<pid_t> workers = server.workers();
    const std::size_t before = server.mark();
    for (const int number : {SIGPIPE, SIGXFSZ, SIGUSR2}) server.signal_group(number);
    BOOST_TEST(text_of(server.wait_for("signal_ignored", before), "signal") == "SIGUSR2");
    BOOST_TEST(get(server.port(), "/").status == 200);
    BOOST_TEST((server.workers() == workers));
    BOOST_TEST(server.stop() == 0);
  }
}

BOOST_AUTO_TEST_CASE(closed_descriptors_are_opened_on_dev_null) {
  const TempFolder folder;
  const Backend backend;
  for (Launch launch :
       {Launch{.binary = BROOD_BINARY, .options = pool_of(1)}, balancer({&backend})}) {
    BOOST_TEST_INFO_SCOPE(launch.command);
    // The shell keeps stderr until it becomes the server, which logs there.
    launch.through = {"/bin/sh", "-c", "exec \"$0\" \"$@\" <&- >&-"};
    Server server(launch);
    const std::vector<std::string> stdio = stdio_of(server.pid());
    BOOST_TEST(stdio.at(0) == "/dev/null");
    BOOST_TEST(stdio.at(1) == "/dev/null");
    BOOST_TEST(stdio.at(2).starts_with("pipe:"));
    for (const pid_t worker : server.workers()) BOOST_TEST((stdio_of(worker) == stdio));
    BOOST_TEST(get(server.port(), "/").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(too_few_descriptors_at_the_start_are_named_with_a_remedy) {
  const Backend backend;
  for (const Launch& usual :
       {Launch{.options = {"serve", "--listen", "127.0.0.1:0"}},
        Launch{.options = {"balance", "--listen", "127.0.0.1:0", "--server", backend.address()}}})
    for (rlim_t limit = 4; limit < 20; ++limit) {  // With few not even a library loads.
      BOOST_TEST_INFO_SCOPE(usual.options.front() << ", ulimit -n " << limit);
      Launch launch = usual;
      launch.binary = "/usr/bin/timeout";
      launch.options.insert(launch.options.begin(), {"--preserve-status", "1", BROOD_BINARY});
      launch.limits = {{RLIMIT_NOFILE, limit}};
      const Finished finished = run_to_end(launch);
      if (finished.status == 0) break;  // It has come up, and was stopped.
      if (finished.err.find("loading shared libraries") != std::string::npos) continue;
      BOOST_TEST(finished.status == 1, finished.err);
      BOOST_TEST(finished.err.find("Too many open files") != std::string::npos, finished.err);
      BOOST_TEST(finished.err.find("ulimit -n") != std::string::npos, finished.err);
      BOOST_TEST(finished.err.find("internal error") == std::string::npos, finished.err);
    }
}

BOOST_AUTO_TEST_SUITE_END()
