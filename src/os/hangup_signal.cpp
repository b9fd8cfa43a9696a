#include "os/hangup_signal.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <brood/unique_fd.hpp>
#include "os/inheritance.hpp"

namespace brood {
namespace {

std::atomic<int> bell{-1};
std::atomic<bool> by_kernel{false};
std::atomic<bool> by_shell{false};
std::atomic<bool> by_others{false};

void on_hangup(int, siginfo_t* info, void*) {
  const int error = errno;
  if (info->si_code == SI_KERNEL)
    by_kernel = true;
  else if (info->si_pid == ::getsid(0))
    by_shell = true;
  else
    by_others = true;
  ::eventfd_write(bell, 1);
  errno = error;
}

bool has_terminal() noexcept {
  return bool{UniqueFd{::open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)}};
}

}  // namespace

HangupSignal::HangupSignal()
    : bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      was_ignored_(is_ignored(SIGHUP)),
      had_terminal_(has_terminal()) {
  if (bell_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  bell = bell_;
  struct sigaction action {};
  action.sa_sigaction = on_hangup;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  ::sigaction(SIGHUP, &action, nullptr);
}

HangupSignal::~HangupSignal() {
  ::signal(SIGHUP, was_ignored_ ? SIG_IGN : SIG_DFL);
}

HangupSignal::Meaning HangupSignal::take() noexcept {
  eventfd_t count = 0;
  ::eventfd_read(bell_, &count);
  const bool was_by_shell = by_shell.exchange(false);
  const bool is_passed_on = was_by_shell && had_terminal_ && !has_terminal();
  const bool is_asked = by_others.exchange(false) || (was_by_shell && !is_passed_on);
  if ((by_kernel.exchange(false) || is_passed_on) && !was_ignored_) return Meaning::terminal_closed;
  return is_asked ? Meaning::reload : Meaning::none;
}

}  // namespace brood
