#pragma once
// What to do after an accept() that gave no connection, or nobody to serve it.

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "serve/worker/report.hpp"

namespace brood {

/// What an error of accept4(2) says.
enum class AcceptError : std::uint8_t {
  transient,  ///< A sibling was faster, or the client has gone.
  exhausted,  ///< No descriptor or no memory for the connection, which stays in the queue.
  shut_down,  ///< The listener gives no more: the server is stopping, or somebody has shut it down.
};
AcceptError accept_error(int error) noexcept;

/// The pauses of a worker that is out of descriptors, memory or processes: 10 ms, doubled at each
/// failure in a row up to 1 s. Asking again at once would only spin.
class AcceptBackoff {
 public:
  /// Notes the `error` of an operation and the pause. \return how long to leave it alone.
  Duration failed(std::string_view operation, int error, Report& report);

  void succeeded() noexcept { pause_ = first; }

 private:
  static constexpr Duration first = std::chrono::milliseconds{10};
  static constexpr Duration most = std::chrono::seconds{1};

  Duration pause_ = first;
};

}  // namespace brood
