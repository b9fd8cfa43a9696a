#include "os/signal_fd.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace brood {
namespace {

sigset_t only(int number) noexcept {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  return set;
}

}  // namespace

UniqueFd open_signal_fd(int number) noexcept {
  const sigset_t signals = only(number);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd{::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC)};
}

bool take_signal(int signal_fd) noexcept {
  signalfd_siginfo info;
  return ::read(signal_fd, &info, sizeof info) > 0;
}

void unblock_signal(int number) noexcept {
  const sigset_t signals = only(number);
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace brood
