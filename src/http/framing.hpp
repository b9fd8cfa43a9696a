#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/field.hpp"
#include "http/refusal.hpp"

namespace brood {

/// How the end of a body is found.
enum class Framing : std::uint8_t {
  none,
  length,
  chunked,
  until_close,  ///< Of a response only: the end of the connection is the end of the body.
};

/// What the fields of a head say of the body's end and of the connection, gathered field by field
/// and then held together: the same for requests and responses (RFC 9112, sections 6 and 9.3).
struct FramingFacts {
  std::size_t length_count = 0;
  std::string_view length;
  std::size_t coding_count = 0;
  bool ends_in_chunked = false;
  bool has_close = false;
  bool has_keep_alive = false;
  bool has_upgrade = false;
  bool has_options = false;  ///< Connection names more than close and keep-alive.
  Refusal refusal;           ///< The first.

  /// Content-Length, Transfer-Encoding and Connection; others are passed over.
  void note(KnownField name, std::string_view value) noexcept;

  /// Whether the sender keeps the connection.
  bool keeps_alive(bool is_http_1_0) const noexcept {
    return !has_close && (!is_http_1_0 || has_keep_alive);
  }

  /// Finds the framing: `none` where the fields do not say it. Refused is what two readers could
  /// read two ways: 400 both Content-Length and Transfer-Encoding, several or malformed lengths, a
  /// coding after or beside `chunked`, Transfer-Encoding in 1.0; 501 another transfer coding; 413
  /// a length beyond `size_max`.
  Refusal judge(bool is_http_1_0, std::uint64_t size_max, Framing& framing,
                std::uint64_t& content_length) const noexcept;

 private:
  void refuse(Refusal why) noexcept;
  void note_codings(std::string_view value) noexcept;
  void note_connection(std::string_view value) noexcept;
  Refusal judge_codings(bool is_http_1_0) const noexcept;
  Refusal judge_length(std::uint64_t size_max, std::uint64_t& content_length) const noexcept;
};

}  // namespace brood
