#include "http/head_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/characters.hpp"
#include "http/status.hpp"

#ifndef BROOD_VERSION
#define BROOD_VERSION "0"
#endif

namespace brood {
namespace {

void append_number(std::uint64_t value, std::string& output) {
  std::array<char, 20> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  output.append(digits.data(), end);
}

void append_field(std::string_view name, std::string_view value, std::string& output) {
  output += name;
  output += ": ";
  output += value;
  output += "\r\n";
}

/// Of either kind of head, behind all that is only its own.
template <class Head>
void append_fields(const Head& head, std::string& output) {
  for (const FieldView& field : head.fields) append_field(field.name, field.value, output);
  if (head.content_length) {
    output += "Content-Length: ";
    append_number(*head.content_length, output);
    output += "\r\n";
  }
  if (head.is_chunked) output += "Transfer-Encoding: chunked\r\n";
  if (!head.upgrade.empty()) append_field("Upgrade", head.upgrade, output);
  if (!head.connection.empty()) append_field("Connection", head.connection, output);
  output += "\r\n";
}

/// Whether a request line ends where its target does: no white space, no control in it.
bool is_visible(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
}

bool is_field_value(std::string_view text) noexcept {
  return characters::find_not_field_value(text, 0) == text.size();
}

}  // namespace

bool may_be_written(int status, std::span<const FieldView> fields) noexcept {
  if (status < 200 || status > 599) return false;
  return std::all_of(fields.begin(), fields.end(), [](const FieldView& field) {
    return is_sound_field(field.name, field.value) && !is_servers_own(field.name);
  });
}

bool may_be_passed_on(const OutgoingResponse& response) noexcept {
  if (response.status < 100 || response.status > 599) return false;
  if (!is_field_value(response.reason) || !is_field_value(response.upgrade)) return false;
  return std::all_of(response.fields.begin(), response.fields.end(), [](const FieldView& field) {
    return is_sound_field(field.name, field.value) && !is_connections_own(field.name);
  });
}

bool may_be_written(const OutgoingRequest& request) noexcept {
  if (!is_sound_field(request.method, request.host) || !is_visible(request.target)) return false;
  if (request.is_chunked && request.content_length) return false;
  if (!is_field_value(request.connection) || !is_field_value(request.upgrade)) return false;
  return std::all_of(request.fields.begin(), request.fields.end(), [](const FieldView& field) {
    return is_sound_field(field.name, field.value) && !is_connections_own(field.name) &&
           known_field(field.name) != KnownField::host;
  });
}

void write_head(const OutgoingResponse& head, std::string& output) {
  output += "HTTP/1.1 ";
  append_number(static_cast<std::uint64_t>(head.status), output);
  output += ' ';
  output += head.reason.empty() ? reason_phrase(head.status) : head.reason;
  output += "\r\n";
  if (head.names_server) output += "Server: brood/" BROOD_VERSION "\r\n";
  if (!head.date.empty()) append_field("Date", head.date, output);
  if (!head.content_type.empty()) append_field("Content-Type", head.content_type, output);
  append_fields(head, output);
}

void write_head(const OutgoingRequest& head, std::string& output) {
  output += head.method;
  output += ' ';
  output += head.target;
  output += " HTTP/1.1\r\n";
  append_field("Host", head.host, output);
  append_fields(head, output);
}

void write_continue(std::string& output) {
  output += "HTTP/1.1 100 ";
  output += reason_phrase(100);
  output += "\r\n\r\n";
}

}  // namespace brood
