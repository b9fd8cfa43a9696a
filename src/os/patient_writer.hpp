#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <brood/unique_fd.hpp>

namespace brood {

/// Writes lines to a descriptor that may be slow, without ever waiting for it and without making it
/// non-blocking: the descriptor may be shared with the shell that started us. What it does not take
/// is kept up to a bound; then whole lines are dropped and counted. So are those that a full disk
/// or a limit on the file's size does not take: half of one is taken back. Into a pipe go whole
/// lines, as long as they are no longer than PIPE_BUF: others may write into it too.
class PatientWriter {
 public:
  /// What was not written, and why.
  struct Dropped {
    std::uint64_t too_slow = 0;  ///< Lines that the reader did not take in time.
    std::uint64_t failed = 0;    ///< Lines that could not be written.
    int error = 0;               ///< errno of the last one of those.
    friend bool operator==(const Dropped&, const Dropped&) = default;
  };

  static constexpr std::size_t kept_max = 1 << 20;  ///< Bytes.

  /// Borrows `fd`: stderr is nobody's to close.
  explicit PatientWriter(int fd) noexcept;

  /// From now on to `file`, which is owned. What is kept goes there too.
  void redirect(UniqueFd file) noexcept;

  /// Takes a line without its end, and writes what the descriptor takes.
  void write(const std::string& line);
  /// Takes a line with its end, for a later flush(). \return false: dropped, too much is kept.
  bool keep(std::string_view line);

  /// Writes what the descriptor takes now. \return false when something is still kept.
  bool flush() noexcept;

  /// Since the last call.
  Dropped take_dropped() noexcept;
  /// The last try has failed for good; errno, or 0.
  int failing() const noexcept { return failing_; }

 private:
  enum class Kind : std::uint8_t { socket, file, other };
  static Kind kind_of(int fd) noexcept;
  bool has_room(std::size_t size) noexcept;
  bool compact() noexcept;
  static std::size_t piece_size(std::string_view bytes) noexcept;
  ssize_t write_some(const char* bytes, std::size_t size) noexcept;
  void wrote(std::size_t size) noexcept;
  bool give_up(int error) noexcept;
  bool take_back_half() noexcept;

  int fd_;
  Kind kind_;
  UniqueFd owned_;
  std::string kept_;
  std::size_t written_ = 0;  ///< Of `kept_`.
  std::size_t half_ = 0;     ///< Written of a line whose rest is kept.
  Dropped dropped_;
  int failing_ = 0;
};

}  // namespace brood
