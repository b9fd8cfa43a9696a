// `brood serve`, which first measures what a bare fork + _exit + waitpid costs in this very
// process: everything is bound, opened and mapped, and the next thing would be the first worker.
// Prints "bare_ns N N N ..." on stdout, then serves as the product does.

#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <iostream>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/command.hpp"

namespace {

brood::Duration time_bare_fork() {
  const brood::TimePoint before = brood::steady_now();
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return brood::steady_now() - before;
}

void print_bare_forks(int count) {
  std::vector<brood::Duration> times;
  for (int at = 0; at < count; ++at) times.push_back(time_bare_fork());
  std::cout << "bare_ns";
  for (const brood::Duration time : times) std::cout << ' ' << time.count();
  std::cout << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: bench-fork-probe COUNT serve [OPTIONS]\n";
    return 2;
  }
  const std::string_view count_text = argv[1];
  int count = 0;
  std::from_chars(count_text.data(), count_text.data() + count_text.size(), count);
  // A handler is made in the supervisor, after everything else and just before the first fork.
  const brood::HandlerEntry demo = brood::built_in_handlers().front();
  const brood::HandlerEntry probe{demo.name, [&](const brood::ServeOptions& options) {
                                    print_bare_forks(count);
                                    return demo.make(options);
                                  }};
  const std::vector<std::string> args(argv + 2, argv + argc);
  return brood::run_command(args, std::span(&probe, 1), std::cout, std::cerr);
}
