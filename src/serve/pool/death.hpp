#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "wire/exit_status.hpp"
#include "wire/status.hpp"

namespace brood {

/// What the supervisor meant to do to a worker; recorded before it acts. The later wins where both
/// are true, except that the first kill stands.
enum class Intent : std::uint8_t {
  none,            ///< It was to go on working.
  drain_spare,     ///< Told to leave: idle above max-spare.
  drain_stop,      ///< Told to leave: the server stops.
  drain_roll,      ///< Told to leave: another generation serves in its stead.
  ask_hung,        ///< Asked to leave: no progress on its request.
  kill_hung,       ///< Asked, then killed: no progress on its request.
  kill_stop,       ///< Killed: the server stops at once, or graceful-timeout has passed.
  kill_protocol,   ///< Killed: it broke the protocol on its channel or its page.
  kill_mute,       ///< Killed: its channel ended, or it never reported, and it would not leave.
  kill_finishing,  ///< Killed: it finished what it had for long, and its slot was needed.
  kill_outdated,   ///< Killed: it finished what it had, and too many generations came after it.
};

/// Everything known about a worker's end, before a cause is named.
struct Ending {
  Intent intent = Intent::none;
  int wait_status = 0;                    ///< As waitpid() gave it.
  WorkerState state = WorkerState::init;  ///< As last seen.
  std::uint32_t open = 0;                 ///< Connections that it had open.
  bool was_ready = true;                  ///< It has been IDLE.
  bool quota_served = false;              ///< It reported EXIT with max-requests reached.
  bool out_of_memory = false;             ///< The kernel's count of such kills rose.
  Duration silence{0};                    ///< How long it had made no progress (hung).
  Duration finished_for{0};               ///< How long it had only finished (kill_finishing).
  std::string request_line;               ///< In hand when it ended; raw bytes; may be empty.
  std::string detail;                     ///< How it broke the protocol (kill_protocol).
};

/// The kind of end, for counting and for the restart rule.
enum class Cause : std::uint8_t {
  recycled,
  drained,
  rolled,         ///< A reload: one of another generation serves in its stead.
  stopped,        ///< With the server, gracefully or killed.
  terminated,     ///< By a SIGTERM from outside, gracefully.
  hung,           ///< Asked to leave or killed: no progress.
  cut,            ///< Killed: it only finished what it had, and was in the way of others.
  protocol,       ///< Killed: broke the protocol.
  crashed,        ///< By a signal that a fault raises: SIGSEGV, SIGABRT, ...
  killed,         ///< By a signal that somebody sent.
  out_of_memory,  ///< Most likely by the kernel, to free memory.
  exited,         ///< By itself, unasked.
};

/// "recycled" ... "exited".
const char* to_string(Cause cause) noexcept;

/// The end's true cause, intent included.
Cause cause_of(const Ending& ending) noexcept;

/// The cause as a person reads it: "crashed (SIGSEGV)", "exited 3",
/// "killed (no progress for 61s: GET /slow HTTP/1.1)". Clients' bytes are in it as
/// they came: whoever shows it escapes them.
std::string describe(const Ending& ending);

/// What such an end with the server cut off: the request in hand, or all open connections of a
/// worker that may have many.
/// \param capacity connections that a worker may have open at once.
std::uint32_t cut_by(const Ending& ending, std::uint32_t capacity) noexcept;

/// Whether a worker that ended so counts against the pool's health: it did not mean to go.
bool is_failure(Cause cause) noexcept;

}  // namespace brood
