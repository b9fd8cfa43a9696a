#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <brood/unique_fd.hpp>

namespace brood {

/// Writes lines to a descriptor that may be slow, without ever waiting for it and without making it
/// non-blocking: the descriptor may be shared with the shell that started us. What it does not take
/// is kept up to a bound; then whole lines are dropped and counted.
class PatientWriter {
 public:
  static constexpr std::size_t kept_max = 1 << 20;  ///< Bytes.

  /// Borrows `fd`: stderr is nobody's to close.
  explicit PatientWriter(int fd) noexcept;

  /// From now on to `file`, which is owned. What is kept goes there too.
  void redirect(UniqueFd file) noexcept;

  /// Takes a line without its end.
  void write(const std::string& line);

  /// Writes what the descriptor takes now. \return false when something is still kept.
  bool flush() noexcept;

  /// Lines dropped since the last call.
  std::uint64_t take_dropped() noexcept;

 private:
  bool compact() noexcept;
  std::size_t write_some(const char* bytes, std::size_t size) noexcept;

  int fd_;
  bool is_socket_;
  UniqueFd owned_;
  std::string kept_;
  std::size_t written_ = 0;  ///< Of `kept_`.
  std::uint64_t dropped_ = 0;
};

}  // namespace brood
