#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "http/field.hpp"
#include "http/limits.hpp"
#include "http/refusal.hpp"

namespace brood {

/// Splits a head, of a request or a response, into its first line and its fields while it arrives,
/// and refuses the first byte that breaks a rule: so the verdict depends on the bytes and never on
/// how they were cut. What the first line and the fields say is for others.
///
/// Refused: 414 and 431 by the limits; 400 a first byte that begins no message, LF without CR, a
/// malformed or folded field line (RFC 9112, section 5.2), too many empty lines before the message.
class HeadReader {
 public:
  enum class Step : std::uint8_t {
    need_bytes,
    first_line,  ///< first_line() is good; call again for the rest.
    whole,       ///< fields() is good, and size() bytes belong to the head.
    refused,     ///< By refusal(); final.
  };

  /// \param empty_lines Empty lines that may precede the message.
  explicit HeadReader(std::size_t empty_lines) noexcept : empty_lines_left_(empty_lines) {}

  /// A new head; keeps the memory.
  void start(std::size_t empty_lines) noexcept;

  /// `input` begins where it began last time, and has the same bytes or more.
  Step resume(std::string_view input, const SessionLimits& limits);

  Refusal refusal() const noexcept { return refusal_; }
  /// Without its line end.
  std::string_view first_line(std::string_view input) const noexcept {
    return input.substr(begin_, fields_begin_ - 2 - begin_);
  }
  /// In the order of their lines, as views into `input`; good until it is moved or start().
  std::span<const FieldView> fields(std::string_view input) noexcept;
  std::size_t size() const noexcept { return line_begin_; }
  /// Whether a message has begun: empty lines before it do not count.
  bool has_begun(std::string_view input) const noexcept {
    return input.size() > begin_ && input.substr(begin_) != "\r";
  }

 private:
  Step refuse(int status, std::string_view why) noexcept;
  Step read_first_line(std::string_view input, const SessionLimits& limits) noexcept;
  Step read_fields(std::string_view input, const SessionLimits& limits);
  void follow(std::string_view input) noexcept;

  std::size_t begin_ = 0;         // Of the first line: behind any empty lines.
  std::size_t fields_begin_ = 0;  // 0 until the first line is whole.
  std::size_t line_begin_ = 0;    // Of the line that is being looked for.
  std::size_t empty_lines_left_;
  std::vector<FieldView> fields_;
  const char* front_ = nullptr;  // Of the input that fields_ point into.
  Refusal refusal_;
};

}  // namespace brood
