#pragma once

#include <cstdint>
#include <ctime>

namespace brood {

/// What fstat(2) knows about an open file, as far as handlers care.
struct FileFacts {
  enum class Kind : std::uint8_t { file, folder, link, other };

  Kind kind = Kind::file;
  std::uint32_t mode = 0;  ///< Permissions alone.
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;  ///< Since 1970 UTC.
  std::uint64_t size = 0;

  /// In whole seconds, rounded down.
  std::time_t modified() const noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    return modified_ns / second - (modified_ns % second < 0 ? 1 : 0);
  }
};

}  // namespace brood
