// `brood serve`, which first measures what a bare fork + _exit + waitpid costs in this very
// process: options are read and the handler is made, and next it binds and forks its first worker.
// It pauses before each, as long as the bench does between two workers: caches are as cold then.
// Prints "bare_ns N N N ..." on stdout, then serves as the product does.

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cli/command.hpp"

namespace {

void pause(int ms) {
  const timespec time{.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

brood::Duration time_bare_fork() {
  const brood::TimePoint before = brood::steady_now();
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return brood::steady_now() - before;
}

void print_bare_forks(int count, int pause_ms) {
  std::vector<brood::Duration> times;
  for (int at = 0; at < count; ++at) {
    pause(pause_ms);
    times.push_back(time_bare_fork());
  }
  std::cout << "bare_ns";
  for (const brood::Duration time : times) std::cout << ' ' << time.count();
  std::cout << std::endl;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: bench-fork-probe COUNT PAUSE_MS serve [OPTIONS]\n";
    return 2;
  }
  const int count = number(argv[1]);
  const int pause_ms = number(argv[2]);
  // A handler is made in the supervisor, before anything is bound or forked.
  const brood::HandlerEntry demo = brood::built_in_handlers().front();
  const brood::HandlerEntry probe{demo.name, [&](const brood::ServeOptions& options) {
                                    print_bare_forks(count, pause_ms);
                                    return demo.make(options);
                                  }};
  const std::vector<std::string> args(argv + 3, argv + argc);
  return brood::run_command(args, std::span(&probe, 1), std::cout, std::cerr);
}
