#pragma once

#include <optional>
#include <string>

#include "control/pool_status.hpp"
#include "serve/pool/pauses.hpp"
#include "serve/pool/pool.hpp"
#include "serve/supervisor/generation.hpp"
#include "serve/supervisor/journal.hpp"
#include "serve/supervisor/worker_processes.hpp"

namespace brood {

class Reporter;

/// How far the server's life has come.
enum class Stage : std::uint8_t { serving, stopping, killing };

/// What is kept of all workers that have ended.
struct EndedWorkers {
  WorkerCounts counts;
  std::uint64_t workers = 0;
  std::uint64_t cut = 0;        ///< Connections that ended with them when the server stopped.
  std::uint32_t open_most = 0;  ///< At once, in any of them.

  void add(const WorkerCounts& more, std::uint32_t open_at_once) noexcept;
};

/// Time in which the supervisor did not run counts for nobody.
struct LivedTime {
  Pauses pauses;
  TimePoint ran;                 ///< When it last ran that it noted.
  TimePoint due;                 ///< When it is to run next.
  bool may_have_missed = false;  ///< An end, for it could not go on.

  void begin(TimePoint now) noexcept;
  /// To be called before anybody is judged.
  void note_running(TimePoint now) noexcept;
};

/// Between two looks at the pages while the supervisor is awake; well below the 10 ms that a
/// picture may be old, so that a late timer does not make it older.
inline constexpr Duration look_interval = std::chrono::milliseconds{4};

/// How old the picture of the pool is.
struct PictureAge {
  TimePoint looked;         ///< When the pages were last read.
  Duration most{0};         ///< The oldest that it ever was.
  bool is_watched = false;  ///< The pages are looked at; otherwise a change rings.

  void taken(TimePoint now) noexcept;
  /// At rest the picture is true: a change would have rung.
  Duration at(TimePoint now) const noexcept { return is_watched ? now - looked : Duration{0}; }
};

/// Of whose kind the workers of a generation are.
inline WorkerOrigin origin_of_workers(const Generation& generation) noexcept {
  return {.source = *generation.workers,
          .listeners = *generation.listeners,
          .queues = *generation.listeners,
          .generation = generation.number()};
}

/// What the parts of a supervisor share: the configuration in force, the picture of the pool, the
/// processes behind it, and the log. It does what any of them may do to a worker.
struct Supervision {
  Supervision(Generation first, WorkerProcesses& processes, Journal& journal);

  Generation current;  ///< In force.
  /// Of a roll: the one that is to come, or from when that one is in force the one that gives way.
  std::optional<Generation> other;
  WorkerProcesses& processes;
  Journal& journal;
  Reporter* reporter = nullptr;  ///< Kept alive besides the pool; none if null.
  Pool pool;
  EndedWorkers ended;
  LivedTime lived;
  PictureAge picture;
  TimePoint started;
  Stage stage = Stage::serving;
  ReloadStatus reloads;
  bool was_ready = false;  ///< Some worker has been IDLE since the start.

  bool serves() const noexcept { return stage == Stage::serving; }
  /// Those in force, to whoever asks for the load.
  void show_limits() noexcept;
  /// From now on nobody can connect. \return how many waited and were refused.
  std::uint32_t stop_listening() noexcept;
  /// Tells a worker to finish what it has and leave.
  void drain(std::uint32_t slot, Intent intent) noexcept;
  /// No effect on one that has been reaped. \param offence how it broke the protocol, if it did;
  /// of several the first is kept.
  void kill(std::uint32_t slot, Intent intent, std::string offence = {});

  /// So long it has not got on while it could, by what its page says.
  Duration silence(std::uint32_t slot, TimePoint now) const noexcept;
  /// So many connections were open at once, as its page says, but not more than it may have.
  std::uint32_t open_most(std::uint32_t slot) const noexcept;
  /// The line of its request, raw; empty if it has none in hand.
  std::string request_in_hand(std::uint32_t slot) const;
};

}  // namespace brood
