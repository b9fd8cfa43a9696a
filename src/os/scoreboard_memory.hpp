#pragma once

#include <cstdint>

#include <brood/unique_fd.hpp>
#include "base/result.hpp"
#include "wire/scoreboard.hpp"

namespace brood {

/// The memory of the scoreboard: one memfd, mapped writable here and sealed against every later
/// writable mapping.
class ScoreboardMemory {
 public:
  /// \return ENOMEM, EMFILE, or EINVAL where the kernel cannot seal (before 5.1).
  static Result<ScoreboardMemory> create(std::uint32_t slot_count) noexcept;
  /// As many as a limit on the size of files (RLIMIT_FSIZE) allows: memory is one here.
  static std::uint32_t slots_most() noexcept;

  ScoreboardMemory(ScoreboardMemory&& other) noexcept;
  ScoreboardMemory& operator=(ScoreboardMemory&&) = delete;
  ~ScoreboardMemory();

  Scoreboard view() const noexcept;
  std::uint32_t slot_count() const noexcept {
    return static_cast<std::uint32_t>(size_ / scoreboard_page_size - 1);
  }

  /// In a worker: keeps its own page writable and maps all others read-only over the inherited
  /// mapping, for good, because of the seal.
  bool restrict_to(std::uint32_t slot) noexcept;

  /// Kept open in a worker until it has restricted itself.
  int fd() const noexcept { return fd_.get(); }

 private:
  ScoreboardMemory(UniqueFd fd, void* base, std::size_t size) noexcept
      : fd_(std::move(fd)), base_(base), size_(size) {}

  UniqueFd fd_;
  void* base_;
  std::size_t size_;
};

}  // namespace brood
