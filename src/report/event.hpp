#pragma once
// report: level 1. How results are shown: events of the log as text and JSON, tables, CSV, SVG.
// Values in, text out; it neither opens nor writes anything.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace brood {

enum class Level : std::uint8_t { debug, info, warn, error };

/// "debug" ... "error".
constexpr std::string_view to_string(Level level) noexcept {
  constexpr std::string_view names[] = {"debug", "info", "warn", "error"};
  return names[static_cast<std::size_t>(level)];
}

/// Which kind of line a person looks for; the two letters that begin a line of text.
enum class Mark : std::uint8_t {
  plain,    ///< `--` everything else.
  picture,  ///< `@@` the pool has changed.
  act,      ///< `##` the regulator acted.
  dump,     ///< `~~` asked for by SIGINT: written whatever the least level is.
  start,    ///< `--` who serves, and where: on a terminal, written whatever the least level is.
};

/// "--", "@@", "##" or "~~".
constexpr std::string_view mark_of(Mark mark) noexcept {
  constexpr std::string_view marks[] = {"--", "@@", "##", "~~", "--"};
  return marks[static_cast<std::size_t>(mark)];
}

/// One thing that happened. Both formats carry the same names and values.
struct LogEvent {
  using Value = std::variant<std::int64_t, std::uint64_t, std::string>;
  struct Field {
    std::string_view name;  ///< A literal, snake_case.
    Value value;            ///< A text may hold any bytes; the formats escape it.
  };

  Level level = Level::info;
  Mark mark = Mark::plain;
  std::string_view name;  ///< A literal, from the table in docs/operating.md.
  std::vector<Field> fields{};

  LogEvent& with(std::string_view field, std::string text) {
    fields.push_back({field, std::move(text)});
    return *this;
  }
  LogEvent& with(std::string_view field, std::uint64_t number) {
    fields.push_back({field, number});
    return *this;
  }
  LogEvent& with_signed(std::string_view field, std::int64_t number) {
    fields.push_back({field, number});
    return *this;
  }
};

/// Microseconds since 1970, UTC: when an event is logged.
struct WallTime {
  std::int64_t us = 0;
};

/// "2026-11-21T06:12:21.123456Z" (RFC 3339).
std::string format_time(WallTime time);

/// One line without its end: "## 2026-11-21T06:12:21.123456Z info regulate idle=3 why=\"...\"".
/// A text that has other than letters, digits and ._:/+-@[] in it is quoted, its quotes and
/// backslashes escaped, and every byte outside printable ASCII written \xNN.
std::string format_text(const LogEvent& event, WallTime time);

/// One JSON object (RFC 8259) on one line without its end; ts, level, event come first. The value
/// of a text is what format_text() shows between the quotes, \\xNN and all.
std::string format_json(const LogEvent& event, WallTime time);

}  // namespace brood
