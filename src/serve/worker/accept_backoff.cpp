#include "serve/worker/accept_backoff.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "os/shortage.hpp"

namespace brood {

AcceptError accept_error(int error) noexcept {
  if (error == EINVAL) return AcceptError::shut_down;
  return is_shortage(error) ? AcceptError::exhausted : AcceptError::transient;
}

Duration AcceptBackoff::failed(std::string_view operation, int error, Report& report) {
  using std::chrono::milliseconds;
  const auto pause_ms = std::chrono::duration_cast<milliseconds>(pause_).count();
  report.note(std::string(operation) + ": " + std::strerror(error) + "; trying again in " +
              std::to_string(pause_ms) + " ms");
  return std::exchange(pause_, std::min(pause_ * 2, most));
}

}  // namespace brood
