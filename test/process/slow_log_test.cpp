// A reader of the log that stops reading, or is slow, never slows the pool or makes the supervisor
// grow; it learns how many lines it has missed. And the log file can be rotated.
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(slow_log)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr int pool_size = 100;
/// The log keeps 1 MiB at most. A sanitizer keeps what has been freed, and that is a lot.
const std::int64_t memory_bound_kib = is_sanitized() ? 1024 * 1024 : 4 * 1024;
constexpr unsigned long nonblocking = 04000;  // O_NONBLOCK as /proc/PID/fdinfo shows it.

bool is_pending(pid_t pid, int number) {
  const std::string signals = proc_field(pid, "status", "ShdPnd:");
  BOOST_TEST_REQUIRE(!signals.empty());
  return (std::stoull(signals, nullptr, 16) >> (number - 1) & 1) != 0;
}

/// Each dump is a line a worker: some 20 kB. Two signals at once would be one.
void ask_for_dumps(const Server& server, int count, std::chrono::milliseconds pause) {
  for (int asked = 0; asked < count; ++asked) {
    server.signal(SIGINT);
    BOOST_TEST_REQUIRE(eventually([&] { return !is_pending(server.pid(), SIGINT); }));
    std::this_thread::sleep_for(pause);
  }
}

bool is_nonblocking(pid_t pid, int fd) {
  const std::string flags = proc_field(pid, "fdinfo/" + std::to_string(fd), "flags:");
  BOOST_TEST_REQUIRE(!flags.empty());
  return (std::stoul(flags, nullptr, 8) & nonblocking) != 0;
}

bool file_has(const std::string& path, const std::string& text) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.find(text) != std::string::npos) return true;
  return false;
}

/// A log file that is at first the pipe which the test reads.
struct RotatedLog {
  TempFolder folder;
  std::string path = folder / "log";

  RotatedLog() { fs::create_symlink("/proc/self/fd/2", path); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_reader_that_stops_reading_stops_nothing_and_learns_what_it_missed) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(pool_size, {"--verbose", "on"})});
  const std::int64_t before = memory_kib(server.pid(), "VmRSS:");
  Load load({.port = server.port(), .clients = 4});
  BOOST_TEST(load.reaches(50));
  server.stop_reading();
  ask_for_dumps(server, 150, 10ms);  // Three times what pipe and server can keep.
  BOOST_TEST(load.reaches(load.counts().ok + 200));
  BOOST_TEST(memory_kib(server.pid(), "VmRSS:") - before < memory_bound_kib);
  BOOST_TEST(server.log("log_dropped").empty());

  server.resume_reading();
  const LogLine dropped = server.wait_for("log_dropped");
  BOOST_TEST(number_of(dropped, "lines") > 5 * pool_size);
  // The end of an earlier dump may be among what is still to be read; a later one is whole.
  BOOST_TEST(eventually([&] {
    const std::size_t after = server.mark();
    server.signal(SIGINT);
    server.wait_for("dump_totals", after);
    return server.log("dump_slot", after).size() >= pool_size;
  }));
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  BOOST_TEST(counts.slowest < 2s);
  BOOST_TEST(server.log("worker_ended").empty());
}

// Always behind, never at its end: what has been written must not be kept as well.
BOOST_AUTO_TEST_CASE(a_reader_that_is_merely_slow_does_not_make_the_supervisor_grow) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(pool_size)});
  server.stop_reading();
  ask_for_dumps(server, 80, 5ms);
  const std::int64_t before = memory_kib(server.pid(), "VmRSS:");
  std::size_t read_before = server.mark();
  for (int round = 0; round < 150; ++round) {
    server.resume_reading();
    eventually([&] { return server.mark() > read_before; });
    server.stop_reading();
    read_before = server.mark();
    ask_for_dumps(server, 8, 2ms);  // More than one read of the pipe takes away.
  }
  BOOST_TEST(memory_kib(server.pid(), "VmRSS:") - before < memory_bound_kib);
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(the_inherited_descriptor_stays_blocking) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(2)});
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(!is_nonblocking(server.pid(), 2));
  for (const pid_t worker : server.workers()) BOOST_TEST(!is_nonblocking(worker, 2));
}

BOOST_AUTO_TEST_CASE(a_stop_does_not_wait_for_a_reader) {
  Server server({.binary = BROOD_BINARY, .options = pool_of(pool_size)});
  server.stop_reading();
  ask_for_dumps(server, 100, 5ms);
  server.signal(SIGTERM);
  BOOST_TEST(eventually([&] { return !server.is_running(); }, 10s));
  BOOST_TEST(living_members(server.pid()).empty());
}

BOOST_AUTO_TEST_CASE(sigusr1_opens_the_log_file_again) {
  const RotatedLog log;
  Server server({.binary = BROOD_BINARY, .options = pool_of(2, {"--log-file", log.path})});
  fs::rename(log.path, log.path + ".1");
  server.signal(SIGUSR1);
  BOOST_TEST(eventually([&] { return file_has(log.path, "\"event\":\"log_reopened\""); }));
  const std::size_t old_lines = server.mark();
  server.signal(SIGINT);
  BOOST_TEST(eventually([&] { return file_has(log.path, "\"event\":\"dump_totals\""); }));
  BOOST_TEST(server.mark() == old_lines);
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_CASE(a_log_file_that_cannot_be_opened_again_stays_in_use) {
  const RotatedLog log;
  Server server({.binary = BROOD_BINARY, .options = pool_of(2, {"--log-file", log.path})});
  fs::rename(log.path, log.path + ".1");
  fs::create_directory(log.path);
  server.signal(SIGUSR1);
  const LogLine line = server.wait_for("log_reopened");
  BOOST_TEST(text_of(line, "level") == "error");
  BOOST_TEST(text_of(line, "outcome").find("Is a directory") != std::string::npos);
  server.signal(SIGINT);
  server.wait_for("dump_totals");
}

// Method: the limit on a file's size stands for a disk that is full.
BOOST_AUTO_TEST_CASE(a_log_file_that_may_not_grow_stops_nothing_and_says_why) {
  const RotatedLog log;
  Server server({.binary = BROOD_BINARY, .options = pool_of(2, {"--log-file", log.path})});
  fs::remove(log.path);
  const rlimit limit{.rlim_cur = 8 * 1024, .rlim_max = RLIM_INFINITY};
  BOOST_TEST_REQUIRE(::prlimit(server.pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
  server.signal(SIGUSR1);
  BOOST_TEST(eventually([&] {
    server.signal(SIGINT);
    return get(server.port(), "/").status == 200 && !server.log("log_failed").empty();
  }));
  BOOST_TEST(text_of(server.log("log_failed").at(0), "reason") == "File too large");
  std::ostringstream text;
  text << std::ifstream(log.path).rdbuf();
  BOOST_TEST(text.str().ends_with('\n'), "whole lines or none");
  fs::rename(log.path, log.path + ".1");
  server.signal(SIGUSR1);
  BOOST_TEST(eventually(
      [&] { return file_has(log.path, "log_dropped") && file_has(log.path, "File too large"); }));
  BOOST_TEST(server.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
