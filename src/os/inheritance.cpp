#include "os/inheritance.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace brood {

void settle_inheritance() noexcept {
  // open() gives the lowest number that is free; the first one above stdio was not missing.
  int fd = ::open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
  if (fd >= 0) ::close(fd);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

void ignore_deadly_signals() noexcept {
  for (const int number : {SIGPIPE, SIGXFSZ, SIGUSR2}) ::signal(number, SIG_IGN);
}

bool is_ignored(int signal_number) noexcept {
  struct sigaction action {};
  return ::sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace brood
