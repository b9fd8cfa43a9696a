#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "log/log.hpp"
#include "serve/pool/pool.hpp"

namespace brood {

/// What a birth is logged with.
struct Birth {
  std::uint32_t slot = 0;
  int pid = 0;
  Duration fork_took{0};
  std::uint32_t generation = 0;  ///< Of the configuration that it serves by.
};

/// What an end is logged with: the death record.
struct Death {
  std::uint32_t slot = 0;
  int pid = 0;
  WorkerState state = WorkerState::init;
  Cause cause = Cause::exited;
  std::string text;  ///< describe() of the ending.
  Duration age{0};
  WorkerCounts counts;
  std::uint32_t open = 0;          ///< Connections that ended with it.
  std::uint32_t generation = 0;    ///< Of the configuration that it served by.
  bool is_failed_handler = false;  ///< It never was ready, for its handler could not start.
};

/// The pool's story. Verbose, it is told so that reading it gives the pool: the census on each line
/// is what the lines before it add up to. Otherwise what is usual, pictures, births, planned ends
/// and acts, is summed up in one line a minute, however much of it there is. Knows the names and
/// fields of the pool's events; docs/operating.md lists them.
class Journal {
 public:
  Journal(Log& log, bool verbose) : log_(log), verbose_(verbose) {}

  /// How much is told from now on.
  void set_verbose(bool verbose) noexcept { verbose_ = verbose; }

  /// Workers went along `path`; shown with the next picture.
  void changed(const Path& path) { pending_ += path; }

  /// Writes the `@@` line if anything changed and the last one is long enough ago.
  void show(TimePoint now);
  /// The same without waiting: something follows that has to fit it.
  void show_now(TimePoint now);

  /// Once a second: writes the sum when it is due, if anything was summed up.
  void tick(TimePoint now);

  /// The two lines that everything else is ordered around; each shows what is pending first.
  void born(const Birth& birth, TimePoint now);
  void died(const Death& death, TimePoint now);

  /// A `##` line. \param count workers; 0: the regulator met a bound, which is told at once, though
  ///        not twice a minute unless verbose.
  /// \param age how old the picture was that was decided upon.
  void acted(std::string_view action, std::uint64_t count, std::string_view reason, std::string why,
             std::string outcome, Duration age, TimePoint now);

  /// Adds idle, busy, starting, exiting and total.
  LogEvent& with_census(LogEvent& event) const;

  bool has_pending() const noexcept { return !pending_.empty(); }
  Log& log() noexcept { return log_; }

 private:
  /// Since the last `pool` line.
  struct Sum {
    std::uint64_t connections = 0;
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
    std::uint32_t busy_most = 0;
    std::uint32_t total_most = 0;
  };
  void note_most() noexcept;

  Log& log_;
  bool verbose_;
  Census shown_;
  Path pending_;
  TimePoint shown_at_;
  Sum sum_;
  TimePoint sum_due_{};  ///< The first one at the first tick: it shows that the pool is there.
  TimePoint bound_due_{};
};

}  // namespace brood
