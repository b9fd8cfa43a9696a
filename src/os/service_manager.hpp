#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace brood {

/// Whoever has started this program as a service and wants to hear how it is: systemd(1), by the
/// protocol of sd_notify(3), or a program that speaks it. Nothing is waited for: sd_notify(3)
/// itself would block where nobody reads, which is why it is not used.
class ServiceManager {
 public:
  /// Takes NOTIFY_SOCKET and WATCHDOG_USEC out of the environment, so that what is started from
  /// here cannot speak for us.
  static ServiceManager take_from_environment();

  bool is_there() const noexcept { return !address_.empty(); }
  /// It wants to hear WATCHDOG=1 at least as often; 0: never.
  Duration watchdog() const noexcept { return watchdog_; }

  /// Lines such as "READY=1", with an end between them. Lost if there is nobody, or too much waits
  /// to be read.
  void tell(std::string_view lines) const noexcept;

 private:
  std::string address_;  ///< A path; an abstract one begins with a 0.
  Duration watchdog_{0};
};

}  // namespace brood
