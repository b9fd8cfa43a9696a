#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "serve/pool/death.hpp"
#include "serve/pool/watchdog.hpp"
#include "wire/scoreboard.hpp"

namespace brood {

/// One place of the pool, and all that is known of the worker in it. Empty until a worker is born
/// into it; free again only when the process has been reaped and its channel has come to its end,
/// in either order.
struct Slot {
  int pid = 0;                      ///< 0: empty.
  std::uint32_t generation = 0;     ///< Of the configuration that it was started with.
  std::uint64_t request_quota = 0;  ///< Connections that it serves before it leaves; 0: no limit.
  std::uint32_t capacity = 1;       ///< Connections that it may have open at once.
  WatchdogLimits watchdog;          ///< How long it may be silent.
  WorkerSnapshot seen;              ///< What its page showed.
  WorkerSnapshot reported;          ///< Its last status frame, which tells nothing of `open`.
  TimePoint born;
  TimePoint idle_since;     ///< When it last showed something new.
  TimePoint ready_since;    ///< When it first became IDLE; 0 ns: not yet.
  TimePoint no_more_since;  ///< It has shown that it takes no more; 0 ns: it has not.
  TimePoint leaving_since;  ///< Counts as one that only finishes; 0 ns: does not.
  TimePoint asked;          ///< By the watchdog, to leave; 0 ns: not.
  TimePoint reaped_at;      ///< 0 ns: not yet.
  TimePoint channel_ended;  ///< 0 ns: not yet.
  bool acknowledged = false;
  bool proven = false;       ///< Has answered a request, or lived on for `trial_proof` once ready.
  bool proof_noted = false;  ///< That was noted.
  bool trial = false;        ///< Was made while the circuit was open.
  bool succeeded = false;    ///< It takes no more, and another was made in its stead already.
  Intent intent = Intent::none;
  int wait_status = 0;
  std::string first_note;                ///< Its last one before it was ready.
  std::string offence;                   ///< How it broke the protocol.
  std::string asked_request;             ///< In its hands when it was asked to leave.
  Duration asked_silence{0};             ///< So long it had not got on then.
  std::uint64_t connections_before = 0;  ///< Of the slot's earlier workers.
  std::uint64_t errors_before = 0;

  bool occupied() const noexcept { return pid != 0; }
  /// Whether its process has not been reaped.
  bool lives() const noexcept { return occupied() && reaped_at.ns == 0; }
  bool over() const noexcept { return reaped_at.ns != 0 && channel_ended.ns != 0; }
  /// Whether it counts as staying: nobody has told it to leave and it is not leaving by itself.
  bool stays() const noexcept {
    return lives() && intent == Intent::none && leaving_since.ns == 0 && asked.ns == 0 &&
           channel_ended.ns == 0 && seen.state != WorkerState::exit;
  }
  /// Whether all that keeps it are the connections that it has.
  bool finishes() const noexcept { return lives() && leaving_since.ns != 0 && seen.open > 0; }
  /// Whether it takes another connection: it stays and has a free place.
  bool takes_more() const noexcept { return stays() && seen.state == WorkerState::idle; }
  /// Whether another one is to be made in its stead while it finishes: the pool was to keep it.
  bool wants_successor() const noexcept {
    return !succeeded && (intent == Intent::none || intent == Intent::ask_hung);
  }
};

}  // namespace brood
