#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "os/program.hpp"

namespace brood {

/// Ends programs from which nothing more is wanted, while whoever has started them goes on: each is
/// left alone for a moment, then its group gets SIGTERM, and after a grace SIGKILL. So a program
/// can take its lock files away, and nobody waits for one that does not care.
///
/// What is due is done by a handler of SIGALRM, whatever the process is doing then: it may be idle,
/// or wait for another program. While programs are dying, calls are interrupted a hundred times a
/// second. This goes for the first thread of a process. Another thread waits itself, for a program
/// dies with the thread that has started it (PR_SET_PDEATHSIG), and that one may be about to end.
///
/// One object a process may have programs on their way out at a time, and one thread a process.
class ProgramReaper {
 public:
  struct Ended {
    std::string name;
    std::optional<int> own_end;  ///< Its wait status, if it has ended without being asked to.
    std::string errors;          ///< See Program::take_errors().
  };

  ProgramReaper() = default;
  ProgramReaper(const ProgramReaper&) = delete;
  ProgramReaper& operator=(const ProgramReaper&) = delete;
  ~ProgramReaper() { finish(); }

  /// \param alone For so long it may go on. \param is_end_known How it ended, if it has, is not
  /// asked again. \return what is left of it, if it has ended by now.
  std::optional<Ended> take(Program program, std::string name, Duration alone, bool is_end_known);

  /// Those that have ended since they were handed over.
  std::vector<Ended> take_ended();

  /// Asks all that are left, and waits until they have ended: for the grace, at most.
  void finish() noexcept;

 private:
  /// A program on its way out.
  struct Dying {
    enum class Stage : std::uint8_t { alone, asked, killed, over };

    Program program;
    std::string name;
    bool is_end_known;
    TimePoint due;  ///< For the next stage; of those that are kept, on the steady clock.
    Stage stage = Stage::alone;
    std::optional<int> own_end{};
  };

  static void step(Dying& dying, TimePoint now) noexcept;
  static Ended bury(Dying dying);
  static void on_alarm(int);
  bool step_all(TimePoint now) noexcept;
  bool keep(Dying& dying);
  void start_alarm() noexcept;

  /// Clients that come and go must not fill a machine with programs that ignore SIGTERM.
  std::array<std::optional<Dying>, 32> dying_;
  TimePoint looked_{};  ///< At them.
};

}  // namespace brood
