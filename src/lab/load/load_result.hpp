#pragma once

#include <array>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "report/histogram.hpp"

namespace brood {

/// How a request fails.
enum class LoadFailure : std::uint8_t {
  connect,    ///< No connection: refused, unreachable, or no descriptor or port left here.
  reset,      ///< The connection was reset before the answer was whole.
  cut_off,    ///< It ended before the answer was whole.
  timed_out,  ///< No whole answer within the plan's timeout.
  malformed,  ///< What came is not HTTP/1.1.
  status,     ///< The answer is whole, and its status is 400 or more.
};
inline constexpr std::array<std::string_view, 6> load_failure_names{
    "connect", "reset", "cut-off", "timed-out", "malformed", "status"};

using LoadFailures = std::array<std::uint64_t, load_failure_names.size()>;

/// What became of a load. Slow and idle clients are counted for themselves.
struct LoadResult {
  Histogram latency;             ///< ns, from the intended start to the end of each good answer.
  LoadFailures failures{};       ///< By LoadFailure.
  std::uint64_t unfinished = 0;  ///< In flight, and not late, when a closed loop ended.
  std::uint64_t body_bytes = 0;
  Duration elapsed{0};  ///< To the last answer, and not less than the duration.
  /// When the last of the clients of a closed loop had its first answer; none if one had none.
  std::optional<Duration> all_served_after;
  std::uint32_t idle_held = 0;     ///< Idle clients that were answered and connected to the end.
  std::uint64_t slow_answers = 0;  ///< To slow clients.

  std::uint64_t answers() const noexcept { return latency.count(); }
  std::uint64_t failed() const noexcept {
    return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0});
  }
  /// Good answers a second.
  double throughput() const noexcept {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    return seconds > 0 ? static_cast<double>(answers()) / seconds : 0;
  }
};

}  // namespace brood
