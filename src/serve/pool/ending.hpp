#pragma once
// What the end of a worker means: how it ended, whether it is replaced, what is learnt from it.

#include <optional>
#include <string>

#include "serve/pool/pauses.hpp"
#include "serve/pool/regulator.hpp"
#include "serve/pool/slot.hpp"

namespace brood {

/// What is known of the end of a worker that has been reaped, but for the kernel's part in it.
/// \param silence so long it had not got on. \param request in its hands, raw; empty: none.
Ending ending_of(const Slot& worker, Duration silence, std::string request, const Pauses& pauses,
                 TimePoint now);

/// Whether it has left because of a SIGTERM that was none of ours. One to the whole process group
/// (`kill %1`, a service manager) may reach the workers first: then it is a part of a stop, which
/// may follow within `stop_may_follow`.
bool left_on_sigterm(const Slot& worker) noexcept;
inline constexpr Duration stop_may_follow = std::chrono::milliseconds{100};

/// Whether it never was ready, for its handler could not start.
bool is_failed_handler(const Slot& worker) noexcept;

/// Whether an ended worker may have another one in its slot, and why. \return none if it was told
/// to leave for there were too many, or has a successor already.
std::optional<Reason> replacement_reason(const Slot& worker, Cause cause) noexcept;

/// What the end of a worker says about making more of its kind.
enum class Lesson : std::uint8_t {
  none,          ///< It was proven, was told to leave, or was ready and killed by somebody.
  early_end,     ///< It was ready, and failed before it was proven.
  failed_start,  ///< It never was ready, and nobody had told it to leave.
};
Lesson lesson_of(const Slot& worker, Cause cause) noexcept;

}  // namespace brood
