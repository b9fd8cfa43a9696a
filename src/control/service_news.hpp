#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "control/pool_status.hpp"

namespace brood {

/// What a service manager is to hear of a server, and when: the lines of sd_notify(3). Pure: it is
/// given the time, and whoever asks it sends what it says.
class ServiceNews {
 public:
  /// \param watchdog it is to hear that all is well at least as often; 0: never.
  explicit ServiceNews(Duration watchdog = Duration{0}) noexcept : watchdog_(watchdog) {}

  enum class Phase : std::uint8_t { starting, ready, reloading, stopping };
  /// How the server is.
  struct Now {
    Phase phase = Phase::starting;
    std::uint32_t reloads = 0;  ///< Of the configuration, begun so far.
    bool is_well = true;        ///< It looks after everything in time.
    std::string status{};  ///< In words: told once a second at most, and only if it has changed.
  };
  /// To be asked often. A reload that has come and gone since is told as well.
  /// \return what is to be sent; mostly nothing.
  std::string tick(TimePoint now, const Now& state);

 private:
  Duration watchdog_;
  Phase told_ = Phase::starting;
  std::uint32_t reloads_ = 0;
  std::string status_;
  TimePoint status_told_{};
  TimePoint fed_{};
};

/// A pool is ready when as many workers as it wants spares have begun to serve: under load they are
/// busy. \param min_spare the option.
ServiceNews::Now news_of(const PoolStatus& status, std::uint32_t min_spare);

}  // namespace brood
