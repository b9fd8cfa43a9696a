#include "http/head_writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

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

}  // namespace

bool may_be_written(int status, std::span<const FieldView> fields) noexcept {
  if (status < 200 || status > 599) return false;
  return std::all_of(fields.begin(), fields.end(), [](const FieldView& field) {
    return is_sound_field(field.name, field.value) && !is_servers_own(field.name);
  });
}

void write_head(const ResponseHead& head, std::string& output) {
  output += "HTTP/1.1 ";
  append_number(static_cast<std::uint64_t>(head.status), output);
  output += ' ';
  output += reason_phrase(head.status);
  output += "\r\nServer: brood/" BROOD_VERSION "\r\n";
  append_field("Date", head.date, output);
  for (const FieldView& field : head.fields) append_field(field.name, field.value, output);
  if (!head.content_type.empty()) append_field("Content-Type", head.content_type, output);
  if (head.content_length) {
    output += "Content-Length: ";
    append_number(*head.content_length, output);
    output += "\r\n";
  }
  if (head.is_chunked) output += "Transfer-Encoding: chunked\r\n";
  if (!head.connection.empty()) append_field("Connection", head.connection, output);
  output += "\r\n";
}

void write_chunk(std::string_view data, std::string& output) {
  std::array<char, 16> digits{};
  const auto [end, error] =
      std::to_chars(digits.data(), digits.data() + digits.size(), data.size(), 16);
  output.append(digits.data(), end);
  output += "\r\n";
  output += data;
  output += "\r\n";
}

void write_last_chunk(std::string& output) {
  output += "0\r\n\r\n";
}

void write_continue(std::string& output) {
  output += "HTTP/1.1 100 ";
  output += reason_phrase(100);
  output += "\r\n\r\n";
}

}  // namespace brood
