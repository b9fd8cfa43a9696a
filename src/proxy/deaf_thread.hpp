#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace brood {

/// A thread to which no signal is delivered: all are for the control thread, and none interrupts
/// what another one waits for.
template <class Body>
std::thread deaf_thread(Body body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread(std::move(body));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace brood
