#pragma once

#include <cassert>
#include <cstddef>
#include <string>
#include <string_view>

namespace brood {

/// Bytes that wait to be sent. Given back when all is sent, if it has grown large.
class OutputBuffer {
 public:
  void clear() noexcept {
    bytes_.clear();
    sent_ = 0;
  }
  /// Where to append.
  std::string& end() noexcept { return bytes_; }
  std::string_view unsent() const noexcept { return std::string_view{bytes_}.substr(sent_); }

  /// \pre size <= unsent().size()
  void sent(std::size_t size) noexcept {
    constexpr std::size_t kept_max = 64UL * 1024;
    assert(size <= bytes_.size() - sent_);
    sent_ += size;
    if (sent_ < bytes_.size()) return;
    clear();
    if (bytes_.capacity() > kept_max) bytes_ = std::string{};
  }

 private:
  std::string bytes_;
  std::size_t sent_ = 0;
};

}  // namespace brood
