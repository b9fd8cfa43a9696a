#pragma once

#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include "base/result.hpp"

namespace brood {

/// Starts a thread to which no signal is delivered: all are for the control thread, and none
/// interrupts what another one waits for. \return the failure where there may be no more threads:
/// under a limit on processes, a user's or a cgroup's, pthread_create(3) fails with EAGAIN.
template <class Body>
Result<void> start_deaf_thread(std::thread& thread, Body body) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  int failure = 0;
  try {
    thread = std::thread(std::move(body));
  } catch (const std::system_error& error) {
    failure = error.code().value();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (failure == 0) return {};
  return Failure{{failure, boost::system::system_category()}, "new thread"};
}

}  // namespace brood
