#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/field.hpp"

namespace brood {

/// All that the head of a final response says.
struct OutgoingResponse {
  int status = 200;                     ///< 100 to 599; 101 with `upgrade`.
  std::string_view reason{};            ///< Empty: that of the registry.
  std::span<const FieldView> fields{};  ///< Sound: see may_be_written().
  std::string_view content_type{};      ///< Empty: no such field, or it is among the fields.
  std::optional<std::uint64_t> content_length{};
  bool is_chunked = false;        ///< Transfer-Encoding: chunked.
  std::string_view connection{};  ///< The value of Connection; empty: no such field.
  std::string_view upgrade{};     ///< The value of Upgrade, likewise.
  std::string_view date{};        ///< As from format_date(); empty: no such field.
  bool names_server = true;       ///< Server: brood. A proxy leaves it to the server.
};

/// All that the head of a request says. See may_be_written().
struct OutgoingRequest {
  std::string_view method{};
  std::string_view target{};            ///< In the form that goes with the method.
  std::string_view host{};              ///< The value of Host; may be empty.
  std::span<const FieldView> fields{};  ///< Without Host and those that are the connection's.
  std::optional<std::uint64_t> content_length{};
  bool is_chunked = false;        ///< Transfer-Encoding: chunked; then without a length.
  std::string_view connection{};  ///< The value of Connection; empty: no such field.
  std::string_view upgrade{};     ///< The value of Upgrade, likewise.
};

/// Whether a handler's response may go out as it is: its status is that of a final response, no
/// field could end its line early or begin another response (RFC 9110, section 5.5), and none is
/// of those that are the server's own (framing, Connection, Date, Server).
bool may_be_written(int status, std::span<const FieldView> fields) noexcept;

/// The same for an answer that a proxy passes on: Date and Server are the server's. Its status may
/// be an interim one too.
bool may_be_passed_on(const OutgoingResponse& response) noexcept;

/// The same for a request: a method, a target and a host that end where they seem to, sound fields,
/// and none that is Host or the connection's own.
bool may_be_written(const OutgoingRequest& request) noexcept;

/// Appends status line, Server, Date, the fields and the empty line (RFC 9112, sections 4 and 5).
/// Always HTTP/1.1, whatever the client's version (RFC 9110, section 6.2).
void write_head(const OutgoingResponse& head, std::string& output);

/// Appends request line, Host, the fields and the empty line (RFC 9112, sections 3 and 5).
void write_head(const OutgoingRequest& head, std::string& output);

/// Appends the interim response that asks for a body (RFC 9110, section 15.2.1).
void write_continue(std::string& output);

}  // namespace brood
