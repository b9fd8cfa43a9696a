#pragma once
// log: level 3. Where events go: Boost.Log with one sink of our own, and the writer behind it that
// never lets a slow reader stop the program.

#include <chrono>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "report/event.hpp"

namespace brood {

/// How soon what a slow reader has left is offered again.
inline constexpr std::chrono::milliseconds log_retry_interval{20};

/// How the log looks and where it goes.
struct LogSettings {
  bool json = false;
  Level least = Level::info;
  std::string path;  ///< Empty: stderr.

  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

/// The server's log, on Boost.Log: one sink with a backend of our own. Only the supervisor
/// writes to it; workers were forked with its locks and must not.
class Log {
 public:
  /// \return why the file cannot be opened.
  static Result<std::unique_ptr<Log>> open(const LogSettings& settings);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Whether a person sits before it: on a terminal, as text.
  bool is_for_person() const noexcept;

  /// \param event Below the least level it is not written, unless its mark says so.
  void write(LogEvent event);

  /// From now on; see LogSettings.
  void set_least(Level least) noexcept;

  /// Writes what a slow reader takes now, and says in a line what had to be dropped and why; on
  /// stderr that a log file takes nothing.
  /// \return false when something is still kept: call again soon.
  bool flush();
  /// At the end, when nothing else is left to do: keeps offering for a second at most.
  void flush_patiently();

  /// Each writes from now on where the other did, in the other's form.
  void exchange(Log& other) noexcept { parts_.swap(other.parts_); }

  /// After a rotation: opens the path again. On failure the old file stays in use.
  Result<void> reopen();

 private:
  struct Parts;
  explicit Log(std::unique_ptr<Parts> parts);
  void tell_of_dropped();
  void tell_of_failure();
  std::unique_ptr<Parts> parts_;
};

}  // namespace brood
