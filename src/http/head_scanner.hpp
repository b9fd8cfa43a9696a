#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/limits.hpp"
#include "http/refusal.hpp"

namespace brood {

/// Finds the lines of a head while it arrives, and refuses the first byte that breaks a rule of
/// lines: so the verdict depends on the bytes and never on how they were cut. What stands within
/// the lines is for others.
///
/// Refused: 414 and 431 by the limits; 400 a first byte that begins no message, LF without CR, a
/// field line that begins with white space (obs-fold, RFC 9112, section 5.2), too many empty lines
/// before the message.
class HeadScanner {
 public:
  enum class Step : std::uint8_t {
    need_bytes,
    start_line,  ///< start_line() is good; call again for the rest.
    whole,       ///< fields() is good, and size() bytes belong to the head.
    refused,     ///< By refusal(); final.
  };

  void start() noexcept { *this = {}; }

  /// `input` begins where it began last time, and has the same bytes or more.
  Step resume(std::string_view input, const SessionLimits& limits) noexcept;

  Refusal refusal() const noexcept { return refusal_; }
  /// Without its line end.
  std::string_view start_line(std::string_view input) const noexcept {
    return input.substr(begin_, fields_begin_ - 2 - begin_);
  }
  /// All field lines and the empty line that ends them.
  std::string_view fields(std::string_view input) const noexcept {
    return input.substr(fields_begin_, line_begin_ - fields_begin_);
  }
  std::size_t size() const noexcept { return line_begin_; }
  /// Whether a message has begun: empty lines before it do not count.
  bool has_begun(std::string_view input) const noexcept {
    return input.size() > begin_ && input.substr(begin_) != "\r";
  }

 private:
  Step refuse(int status, std::string_view why) noexcept;
  bool is_beyond_limit(std::size_t size, bool is_line_whole, const SessionLimits& limits) noexcept;
  Step check_beginning(std::string_view input) noexcept;
  Step take_line(std::string_view line, const SessionLimits& limits) noexcept;

  bool in_start_line() const noexcept { return fields_begin_ == 0; }

  std::size_t begin_ = 0;         // Of the start line: behind any empty lines.
  std::size_t fields_begin_ = 0;  // 0 until the start line is whole.
  std::size_t line_begin_ = 0;    // Of the line that is being looked for.
  std::size_t searched_ = 0;      // No line feed from line_begin_ to here.
  std::size_t empty_line_count_ = 0;
  std::size_t field_count_ = 0;
  Refusal refusal_;
};

}  // namespace brood
