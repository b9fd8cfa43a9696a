#pragma once

#include <brood/field.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace brood {

/// Fields that decide how a message is read.
enum class KnownField : std::uint8_t {
  other,
  host,
  content_length,
  transfer_encoding,
  connection,
  expect,
};

/// Which of them `name` is, whatever its case.
KnownField known_field(std::string_view name) noexcept;

/// The value of the first field with this name, whatever its case.
std::optional<std::string_view> find_field(std::span<const FieldView> fields,
                                           std::string_view name) noexcept;

/// Whether these bytes may stand in a head as they are: a token, and no control character but HTAB
/// (RFC 9110, sections 5.1 and 5.5).
bool is_sound_field(std::string_view name, std::string_view value) noexcept;

/// Whether a field tells how a message or its connection goes on (RFC 9110, section 7.6.1):
/// framing, Connection and their like. Who writes a message writes these by himself.
bool is_connections_own(std::string_view name) noexcept;

/// Whether a field of a response is the server's own: one of those, Date or Server. Handlers'
/// are not sent.
bool is_servers_own(std::string_view name) noexcept;

/// Takes the next element off a comma-separated list (RFC 9110, section 5.6.1), trimmed; it may
/// be empty. Nothing when the list is at its end.
std::optional<std::string_view> next_element(std::optional<std::string_view>& list) noexcept;

/// Takes the commas and blanks off the front of a list.
void skip_separators(std::string_view& list) noexcept;

/// The same as next_element() for a list in which empty elements mean nothing, as in most: passes
/// over them (RFC 9110, section 5.6.1.2), which costs no more than to read them.
std::optional<std::string_view> next_element_of(std::string_view& list) noexcept;

}  // namespace brood
