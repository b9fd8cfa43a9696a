#include "report/event.hpp"

#include <chrono>
#include <cstdio>

#include "base/text.hpp"

namespace brood {
namespace {

std::string quoted(std::string_view safe) {
  std::string text = "\"";
  for (const char byte : safe) {
    if (byte == '"') text += '\\';
    text += byte;
  }
  return text += '"';
}

bool is_plain(std::string_view text) {
  constexpr std::string_view others = "._:/+-@[]";
  for (const char byte : text) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool digit = byte >= '0' && byte <= '9';
    if (!letter && !digit && others.find(byte) == std::string_view::npos) return false;
  }
  return !text.empty();
}

struct AsText {
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(const std::string& text) const {
    return is_plain(text) ? text : quoted(escape(text));
  }
};

struct AsJson {
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  std::string operator()(std::uint64_t number) const { return std::to_string(number); }
  std::string operator()(const std::string& text) const {
    std::string safe;
    for (const char byte : escape(text)) {
      if (byte == '\\') safe += byte;
      safe += byte;
    }
    return quoted(safe);
  }
};

}  // namespace

std::string format_time(WallTime time) {
  using namespace std::chrono;
  const sys_time<microseconds> at{microseconds{time.us}};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss clock{at - day};
  char text[40];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::string format_text(const LogEvent& event, WallTime time) {
  std::string line(mark_of(event.mark));
  line.append(" ").append(format_time(time)).append(" ").append(to_string(event.level));
  line.append(" ").append(event.name);
  for (const LogEvent::Field& field : event.fields)
    line.append(" ").append(field.name).append("=").append(std::visit(AsText{}, field.value));
  return line;
}

std::string format_json(const LogEvent& event, WallTime time) {
  std::string line = "{\"ts\":\"" + format_time(time) + "\",\"level\":\"";
  line.append(to_string(event.level)).append("\",\"event\":\"").append(event.name).append("\"");
  for (const LogEvent::Field& field : event.fields)
    line.append(",\"").append(field.name).append("\":").append(std::visit(AsJson{}, field.value));
  return line += '}';
}

}  // namespace brood
