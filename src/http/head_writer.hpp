#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/field.hpp"

namespace brood {

/// All that the head of a final response says.
struct ResponseHead {
  int status = 200;                     ///< 200 to 599.
  std::span<const FieldView> fields{};  ///< Sound: see may_be_written().
  std::string_view content_type{};      ///< Empty: no such field, or it is among the fields.
  std::optional<std::uint64_t> content_length{};
  bool is_chunked = false;        ///< Transfer-Encoding: chunked.
  std::string_view connection{};  ///< The value of Connection; empty: no such field.
  std::string_view date{};        ///< As from format_date().
};

/// Whether a handler's response may go out as it is: its status is that of a final response, no
/// field could end its line early or begin another response (RFC 9110, section 5.5), and none is
/// of those that are the server's own (framing, Connection, Date, Server).
bool may_be_written(int status, std::span<const FieldView> fields) noexcept;

/// Appends status line, Date, Server, the fields and the empty line (RFC 9112, sections 4 and 5).
/// Always HTTP/1.1, whatever the client's version (RFC 9110, section 6.2).
void write_head(const ResponseHead& head, std::string& output);

/// Appends a chunk (RFC 9112, section 7.1). \pre `data` is not empty: that would be the last one.
void write_chunk(std::string_view data, std::string& output);

/// Appends the last chunk and an empty trailer.
void write_last_chunk(std::string& output);

/// Appends the interim response that asks for a body (RFC 9110, section 15.2.1).
void write_continue(std::string& output);

}  // namespace brood
