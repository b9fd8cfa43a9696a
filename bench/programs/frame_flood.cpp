// The real supervisor, workers, links and journal over channels that one synthetic writer fills:
// what does it cost to be told of everything by a thousand workers at once?
//
// No worker is forked: behind the seam of os/process.hpp a "fork" keeps the worker's end of the
// channel. Then one real process is forked, the writer, which plays all of them (frame_writer.hpp).

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <new>
#include <string_view>
#include <vector>

#include "frame_writer.hpp"
#include "os/descriptor_limit.hpp"
#include "serve/supervisor/fork_source.hpp"
#include "serve/supervisor/supervisor.hpp"

namespace {

using bench::FloodOutcome;
using bench::FloodPlan;

/// Gives workers' ends to the writer instead of forking.
class SyntheticProcesses final : public brood::Processes {
 public:
  brood::Result<pid_t> fork(const brood::ChildSpec& spec) override {
    for (const int fd : spec.kept_fds) {
      struct stat status {};
      // There are no listeners here: the only socket that a worker would keep is its channel.
      if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode))
        ends_.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
    }
    return first_pid + static_cast<pid_t>(ends_.size());
  }
  void kill(pid_t, int) override { ++kill_count_; }
  bool reap(pid_t, int&) override { return false; }

  const std::vector<int>& ends() const noexcept { return ends_; }
  /// Workers that the supervisor wanted to be rid of: none has given it cause.
  std::uint64_t kill_count() const noexcept { return kill_count_; }

 private:
  static constexpr pid_t first_pid = 1 << 23;  // Above what the kernel gives to anybody.
  std::vector<int> ends_;
  std::uint64_t kill_count_ = 0;
};

FloodOutcome& shared_outcome() {
  void* memory = ::mmap(nullptr, sizeof(FloodOutcome), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::perror("mmap"), std::exit(1);
  return *new (memory) FloodOutcome;
}

/// Forks the writer. \return a descriptor that comes to its end when the writer does.
brood::UniqueFd fork_writer(const std::function<void()>& play) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) std::perror("pipe2"), std::exit(1);
  brood::UniqueFd read_end{ends[0]};
  const brood::UniqueFd write_end{ends[1]};
  if (::fork() == 0) {
    // Asio's handlers write to a pipe of the parent's; nothing is to reach them here.
    sigset_t every_signal;
    ::sigfillset(&every_signal);
    ::sigprocmask(SIG_SETMASK, &every_signal, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    play();
    ::_exit(0);
  }
  return read_end;
}

void run_flood(brood::Log& log, std::uint32_t worker_count, const FloodPlan& plan,
               FloodOutcome& outcome, SyntheticProcesses& processes) {
  auto scoreboard = brood::ScoreboardMemory::create(worker_count).value();
  boost::asio::io_context context(1);
  brood::ForkSource source(context, processes, scoreboard, brood::descriptor_limit(),
                           [](const brood::WorkerPlace&) { return 0; });
  brood::WorkerProcesses workers(context, processes, source, scoreboard,
                                 std::make_shared<brood::ListenerSet>(), worker_count);
  brood::Journal journal(log, true);
  brood::SupervisorSettings settings;
  settings.limits = {.start_workers = worker_count,
                     .min_spare = 0,
                     .max_spare = worker_count,
                     .max_workers = worker_count};
  brood::Supervisor supervisor(context, std::make_shared<const brood::SupervisorSettings>(settings),
                               workers, journal);

  boost::asio::posix::stream_descriptor writer_end(context);
  boost::asio::post(context, [&] {  // When all channels are there.
    writer_end.assign(fork_writer([&, parent = ::getpid()] {
                        bench::play_workers(scoreboard.view(), processes.ends(), plan, parent,
                                            outcome);
                      }).release());
    writer_end.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [&](const boost::system::error_code&) { context.stop(); });
  });
  supervisor.run();
}

std::uint32_t number(std::string_view text) {
  std::uint32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: %s WORKERS FRAMES_PER_SECOND SECONDS even|ticks CORE LOG_FILE\n",
                 argv[0]);
    return 2;
  }
  const std::uint32_t worker_count = number(argv[1]);
  const FloodPlan plan{.frames_per_second = number(argv[2]),
                       .seconds = number(argv[3]),
                       .spacing = std::string_view(argv[4]) == "ticks" ? bench::Spacing::ticks
                                                                       : bench::Spacing::even,
                       .writer_core = static_cast<int>(number(argv[5]))};
  brood::raise_descriptor_limit(2 * worker_count + 64);
  std::signal(SIGPIPE, SIG_IGN);
  const auto log = brood::Log::open({.json = true, .path = argv[6]}).value();
  FloodOutcome& outcome = shared_outcome();
  SyntheticProcesses processes;
  run_flood(*log, worker_count, plan, outcome, processes);
  std::printf(
      "{\"acknowledged\": %s, \"sent\": %lu, \"refused\": %lu, \"unread_bytes\": %lu, "
      "\"killed\": %lu, \"connections\": %lu, \"wall_ns\": %ld, \"cpu_ns\": %ld}\n",
      outcome.acknowledged ? "true" : "false", outcome.frames_sent, outcome.frames_refused,
      outcome.bytes_unread, processes.kill_count(), outcome.connections, outcome.wall_ns,
      outcome.supervisor_cpu_ns);
  return 0;
}
