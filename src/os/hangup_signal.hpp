#pragma once

#include <cstdint>

namespace brood {

/// SIGHUP has two meanings: a person or a program asks for a reload, or the terminal that a program
/// was started on closes. The kernel sends the latter (siginfo's SI_KERNEL; __tty_hangup() in
/// drivers/tty), and a shell passes it on to its jobs, when the terminal is gone already. While an
/// object lives the signal rings a bell. One at a time.
class HangupSignal {
 public:
  enum class Meaning : std::uint8_t { none, reload, terminal_closed };

  /// Where SIGHUP was ignored at the start (nohup(1)), a terminal that closes means nothing.
  /// \throws std::system_error when there is no descriptor left.
  HangupSignal();
  ~HangupSignal();
  HangupSignal(const HangupSignal&) = delete;
  HangupSignal& operator=(const HangupSignal&) = delete;

  /// Readable when it has come. \return the caller's, which closes it after this object's end.
  int release_bell() noexcept { return bell_; }
  /// What has come since the last call.
  Meaning take() noexcept;

 private:
  int bell_;
  bool was_ignored_;
  bool had_terminal_;
};

}  // namespace brood
