#pragma once
// The life of a worker as the supervisor follows it.
//
// A worker is forked in INIT and stays there until it is acknowledged. From then on it goes between
// IDLE and BUSY, once for each connection, until it has served its quota or is told to leave: EXIT.
// Those single steps are the table below, and docs/protocol.md draws it.
//
// The supervisor does not see every step. While it is awake, workers send no frames and it looks at
// their pages every few milliseconds; between two looks a worker may have served many connections.
// So what it checks is whether a path of legal steps leads from one snapshot to the next, and the
// count of connections tells which: a worker enters BUSY exactly once for each.
//
// A worker that serves many connections at once is IDLE while it has a free place, and BUSY when it
// takes no more: it is full, or finishes what it has before it leaves. Its connections tell nothing
// of its states, so that these are counted as they are seen; what is checked besides is that its
// open connections fit its state and that no finished connection is taken back.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "wire/scoreboard.hpp"
#include "wire/status.hpp"

namespace brood {

inline constexpr std::array all_worker_states{WorkerState::init, WorkerState::idle,
                                              WorkerState::busy, WorkerState::exit};

/// Whether a worker may go from one state to the other in a single step.
bool is_legal_step(WorkerState from, WorkerState to) noexcept;

/// Neither on its way in nor on its way out.
constexpr bool serves(WorkerState state) noexcept {
  return state == WorkerState::idle || state == WorkerState::busy;
}

/// Whether a snapshot makes sense by itself: its state exists and its open connections fit it.
/// \param capacity connections that a worker may have open at once.
bool is_sound(const WorkerSnapshot& seen, std::uint32_t capacity) noexcept;

/// What happened between two snapshots: how often each state was entered, whence EXIT was, and how
/// many connections were received.
struct Path {
  std::uint64_t acknowledged = 0;  ///< Of the entries into IDLE, those from INIT.
  std::uint64_t became_idle = 0;
  std::uint64_t became_busy = 0;
  std::uint64_t exits_from_init = 0;
  std::uint64_t exits_from_idle = 0;
  std::uint64_t exits_from_busy = 0;
  std::uint64_t connections = 0;  ///< Received; with a capacity of 1, as many as became BUSY.

  bool empty() const noexcept { return *this == Path{}; }
  Path& operator+=(const Path& other) noexcept;
  friend bool operator==(const Path&, const Path&) = default;
};

/// The path of legal steps between two snapshots of one worker; nothing if there is none: then the
/// worker has broken the protocol. Where two paths would do (EXIT reached from BUSY, or through
/// IDLE), it is the shorter. Open connections are compared, but not held against the states: a
/// frame's claim leaves them at 0.
std::optional<Path> path_between(const WorkerSnapshot& from, const WorkerSnapshot& to,
                                 std::uint32_t capacity = 1) noexcept;

/// "from IDLE after 3 connections to BUSY after 5 with 2 open".
std::string describe_step(const WorkerSnapshot& from, const WorkerSnapshot& to);

}  // namespace brood
