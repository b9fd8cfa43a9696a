// A fork that fails, through a fake at the seam of `os`: root is exempt from the limits that would
// make a real one fail. The supervisor is the real one and runs in this process; its workers are
// acted by the fake, which forks nothing and signals nobody.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/channel.hpp"
#include "serve/supervisor/fork_source.hpp"
#include "serve/supervisor/supervisor.hpp"
#include "unit/os/temporary_folder.hpp"
#include "wire/exit_status.hpp"

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(fork_failing)

namespace {

using namespace brood;
namespace json = boost::json;

/// Acts the workers: each has the worker's end of its channel and a page.
class FakeProcesses final : public Processes {
 public:
  explicit FakeProcesses(ScoreboardMemory& scoreboard) : scoreboard_(scoreboard) {}

  bool fails = true;
  std::vector<TimePoint> attempts;
  std::vector<std::pair<pid_t, int>> signals;

  Result<pid_t> fork(const ChildSpec& spec) override {
    attempts.push_back(steady_now());
    errno = EAGAIN;
    if (fails) return failure_from_errno("fork");
    workers_[next_pid_] = {.slot = lowest_free_slot(), .channel = channel_in(spec)};
    return next_pid_++;
  }

  void kill(pid_t pid, int signal_number) override {
    signals.emplace_back(pid, signal_number);
    if (signal_number == SIGKILL) end(pid, SIGKILL);
  }

  bool reap(pid_t pid, int& wait_status) override {
    const auto worker = workers_.find(pid);
    if (worker == workers_.end() || !worker->second.ended) return false;
    wait_status = worker->second.wait_status;
    workers_.erase(worker);
    return true;
  }

  /// Every worker does what it was told since the last time.
  void act() {
    for (auto& [pid, worker] : workers_) {
      std::array<std::uint8_t, 256> bytes;
      std::span<std::uint8_t> room(bytes);
      if (worker.ended || receive_some(worker.channel.get(), room) != Transfer::done) continue;
      std::span<const std::uint8_t> input = room;
      for (Frame frame; worker.decoder.resume(input, frame) == FrameDecoder::Step::frame;)
        obey(pid, worker, frame.kind);
    }
  }

  /// The worker with the lowest pid ends as if it had met this signal.
  void crash_one(int signal_number) { end(workers_.begin()->first, signal_number); }

  std::size_t idle_count() const {
    std::size_t count = 0;
    for (const auto& [pid, worker] : workers_)
      count += page(worker).state.load().state == WorkerState::idle ? 1 : 0;
    return count;
  }

 private:
  struct Worker {
    std::uint32_t slot = 0;
    UniqueFd channel;
    FrameDecoder decoder = {};
    bool ended = false;
    int wait_status = 0;
  };

  static UniqueFd channel_in(const ChildSpec& spec) {
    for (const int fd : spec.kept_fds) {  // There are no listeners: the one socket is it.
      struct stat status {};
      if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
        return UniqueFd{::fcntl(fd, F_DUPFD_CLOEXEC, 0)};
    }
    return UniqueFd{};
  }

  std::uint32_t lowest_free_slot() const {
    std::uint32_t slot = 0;
    const auto taken = [this](std::uint32_t number) {
      for (const auto& [pid, worker] : workers_)
        if (worker.slot == number) return true;
      return false;
    };
    while (taken(slot)) ++slot;
    return slot;
  }

  SlotPage& page(const Worker& worker) const { return scoreboard_.view().slots[worker.slot]; }

  void obey(pid_t pid, Worker& worker, FrameKind command) {
    const bool leaves = command == FrameKind::drain;
    page(worker).progress_ns.store(steady_now().ns);
    page(worker).state.store({leaves ? WorkerState::exit : WorkerState::idle, 0});
    send_whole(worker.channel.get(), encode_status(leaves ? FrameKind::exit : FrameKind::idle));
    if (leaves) end(pid, 0);
  }

  void end(pid_t pid, int wait_status) {
    Worker& worker = workers_.at(pid);
    worker.channel.reset();
    worker.wait_status = wait_status;
    worker.ended = true;
    ::raise(SIGCHLD);
  }

  ScoreboardMemory& scoreboard_;
  std::map<pid_t, Worker> workers_;
  pid_t next_pid_ = 5'000'000;  // Above the kernel's greatest, 4194304: nobody's.
};

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

/// A whole supervisor, and a script that is called every few milliseconds while it runs.
class Play {
 public:
  explicit Play(const PoolLimits& limits)
      : worker_processes_(context_, processes, scoreboard_),
        supervisor_(context_, generation_with(limits), worker_processes_, journal_) {}

  /// Runs until the script says that it is done; then SIGTERM. \return the exit status.
  int run(std::function<bool()> script) {
    script_ = std::move(script);
    begun_ = steady_now();
    await_step();
    return supervisor_.run();
  }

  Duration running() const { return steady_now() - begun_; }

  std::vector<json::object> lines(std::string_view event) const {
    std::vector<json::object> found;
    std::ifstream file(folder_ / "log");
    for (std::string line; std::getline(file, line);) {
      json::object object = json::parse(line).as_object();
      if (object.at("event").as_string() == event) found.push_back(std::move(object));
    }
    return found;
  }

 private:
  Generation generation_with(const PoolLimits& limits) {
    return {.settings = std::make_shared<const SupervisorSettings>(
                SupervisorSettings{.limits = limits, .graceful_timeout = 5s, .watchdog = {}}),
            .workers = std::make_shared<ForkSource>(context_, processes, scoreboard_,
                                                    descriptor_limit(), WorkerLife{}),
            .listeners = std::make_shared<ListenerSet>(),
            .reporters = {},
            .health = std::make_shared<ListenerSet>(),
            .listening = {},
            .log = {}};
  }
  void await_step() {
    step_timer_.expires_after(2ms);
    step_timer_.async_wait([this](const boost::system::error_code&) { step(); });
  }
  void step() {
    processes.act();
    if (!stopping_ && (script_() || running() > 30s)) {
      stopping_ = true;
      BOOST_TEST((running() <= 30s), "it came to its end");
      ::raise(SIGTERM);
    }
    if (running() > 40s) return context_.stop();
    await_step();
  }

  test::TemporaryFolder folder_;
  boost::asio::io_context context_;
  boost::asio::steady_timer step_timer_{context_};
  ScoreboardMemory scoreboard_ = std::move(*ScoreboardMemory::create(64));
  std::unique_ptr<Log> log_ = std::move(*Log::open({.json = true, .path = folder_ / "log"}));
  Journal journal_{*log_, true};

 public:
  FakeProcesses processes{scoreboard_};

 private:
  WorkerProcesses worker_processes_;
  Supervisor supervisor_;
  std::function<bool()> script_;
  TimePoint begun_;
  bool stopping_ = false;
};

PoolLimits band(Policy policy) {
  return {.start_workers = 3, .min_spare = 2, .max_spare = 3, .max_workers = 16, .policy = policy};
}

void check_failures_are_explained(const Play& play, std::size_t count) {
  const auto failed = play.lines("spawn_failed");
  BOOST_TEST(failed.size() == count);
  for (const json::object& line : failed) {
    BOOST_TEST(line.at("level").as_string() == "error");
    BOOST_TEST(line.at("reason").as_string() == "fork: Resource temporarily unavailable");
    BOOST_TEST(line.at("remedy").as_string().find("ulimit -u") != json::string::npos);
  }
}

std::int64_t last_number(const Play& play, std::string_view event, std::string_view field) {
  const auto lines = play.lines(event);
  return lines.empty() ? -1 : lines.back().at(field).to_number<std::int64_t>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_that_cannot_fork_says_so_with_a_remedy_and_goes_on_seldom_trying) {
  for (const Policy policy : {Policy::exponential, Policy::demand}) {
    BOOST_TEST_INFO_SCOPE(to_string(policy));
    Play play(band(policy));
    std::size_t descriptors = 0;
    const int status = play.run([&] {
      if (descriptors == 0 && play.running() > 200ms) descriptors = open_descriptors();
      return play.running() > 3300ms;
    });
    BOOST_TEST(status == 0);
    BOOST_TEST(open_descriptors() == descriptors, "a failed attempt leaves nothing open");
    // One at the start, then one a second at most.
    BOOST_TEST(play.processes.attempts.size() >= 3U);
    BOOST_TEST(play.processes.attempts.size() <= 5U);
    check_failures_are_explained(play, play.processes.attempts.size());
    BOOST_TEST(play.processes.signals.empty());
    BOOST_TEST(last_number(play, "stopped", "workers") == 0);
  }
}

/// Forks in earnest, and takes from the child what it needs to give up its siblings' pages.
class UnfitProcesses final : public Processes {
 public:
  explicit UnfitProcesses(int scoreboard_fd) : scoreboard_fd_(scoreboard_fd) {}
  Result<pid_t> fork(const ChildSpec& spec) override {
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    ::close(scoreboard_fd_);
    ::_exit(spec.body());
  }
  void kill(pid_t pid, int signal_number) override { ::kill(pid, signal_number); }
  bool reap(pid_t pid, int& wait_status) override { return ::waitpid(pid, &wait_status, 0) == pid; }

 private:
  int scoreboard_fd_;
};

BOOST_AUTO_TEST_CASE(a_worker_that_keeps_its_siblings_pages_ends_itself_and_says_why) {
  boost::asio::io_context context;
  ScoreboardMemory scoreboard = std::move(*ScoreboardMemory::create(2));
  UnfitProcesses processes(scoreboard.fd());
  ForkSource source(context, processes, scoreboard, descriptor_limit(),
                    [](const WorkerPlace&) { return 0; });
  WorkerProcesses workers(context, processes, scoreboard);
  std::string note;
  bool ended = false;
  workers.listen_to([&](std::uint32_t, const Frame& frame) { note = frame.note; },
                    [&](std::uint32_t, ChannelEnd) { ended = true; });
  const Result<WorkerProcesses::Started> made =
      workers.start(1, 0, {.source = source, .listeners = ListenerSet{}, .queues = ListenerSet{}});
  BOOST_TEST_REQUIRE(made.has_value());
  int status = 0;
  BOOST_TEST(workers.reap(made->pid, status));
  BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == exit_os_error));
  workers.read_to_end(1);
  while (!ended && context.run_one_for(10s) > 0) continue;
  BOOST_TEST(note == "cannot make the scoreboard read-only: mmap: Bad file descriptor");
}

BOOST_AUTO_TEST_CASE(while_nothing_can_be_forked_signals_are_answered) {
  Play play(band(Policy::exponential));
  bool asked = false;
  play.run([&] {
    if (!asked) ::raise(SIGINT);
    asked = true;
    return !play.lines("dump_totals").empty();
  });
  BOOST_TEST(last_number(play, "dump", "workers") == 0);
  BOOST_TEST(last_number(play, "dump_totals", "connections") == 0);
}

BOOST_AUTO_TEST_CASE(when_fork_works_again_the_pool_fills_by_itself) {
  for (const Policy policy : {Policy::exponential, Policy::demand}) {
    BOOST_TEST_INFO_SCOPE(to_string(policy));
    Play play(band(policy));
    const int status = play.run([&] {
      play.processes.fails = play.processes.attempts.size() < 2;
      return play.processes.idle_count() >= 2 && play.lines("regulate").size() >= 2;
    });
    BOOST_TEST(status == 0);
    check_failures_are_explained(play, 2);
    const auto started = play.lines("worker_started");
    BOOST_TEST(started.size() >= 2U);
    const auto ended = play.lines("worker_ended");
    BOOST_TEST(ended.size() == started.size());
    for (const json::object& line : ended) BOOST_TEST(line.at("cause").as_string() == "stopped");
    BOOST_TEST(last_number(play, "stopped", "workers") ==
               static_cast<std::int64_t>(started.size()));
  }
}

BOOST_AUTO_TEST_CASE(a_worker_that_cannot_be_replaced_is_replaced_later_and_the_others_go_on) {
  Play play(band(Policy::exponential));
  play.processes.fails = false;
  TimePoint crashed{};
  std::size_t attempts_at_crash = 0, attempts_failed = 0;
  const int status = play.run([&] {
    if (crashed.ns == 0 && play.processes.idle_count() == 3) {
      crashed = steady_now();
      attempts_at_crash = play.processes.attempts.size();
      play.processes.fails = true;
      play.processes.crash_one(SIGSEGV);
    }
    if (crashed.ns == 0) return false;
    if (play.processes.fails && steady_now() - crashed > 3s) {
      attempts_failed = play.processes.attempts.size() - attempts_at_crash;
      play.processes.fails = false;
      BOOST_TEST(play.processes.idle_count() == 2U);
    }
    return !play.processes.fails && play.processes.idle_count() >= 3;
  });
  BOOST_TEST(status == 0);
  BOOST_TEST(attempts_at_crash == 3U);
  // Each failure doubles the pause: 50 ms, 100 ms ... are eight attempts in three seconds.
  BOOST_TEST(attempts_failed >= 2U);
  BOOST_TEST(attempts_failed <= 12U);
  check_failures_are_explained(play, attempts_failed);
  BOOST_TEST(play.lines("worker_started").size() == 4U);
  const auto ended = play.lines("worker_ended");
  BOOST_TEST_REQUIRE(ended.size() == 4U);
  BOOST_TEST(ended[0].at("cause").as_string() == "crashed");
}

BOOST_AUTO_TEST_SUITE_END()
