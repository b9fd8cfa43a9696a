#include "os/signal_fd.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace brood {

UniqueFd open_signal_fd(int number) noexcept {
  sigset_t only_it;
  sigemptyset(&only_it);
  sigaddset(&only_it, number);
  ::pthread_sigmask(SIG_BLOCK, &only_it, nullptr);
  return UniqueFd{::signalfd(-1, &only_it, SFD_NONBLOCK | SFD_CLOEXEC)};
}

bool take_signal(int signal_fd) noexcept {
  signalfd_siginfo info;
  return ::read(signal_fd, &info, sizeof info) > 0;
}

}  // namespace brood
