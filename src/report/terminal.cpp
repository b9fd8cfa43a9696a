#include "report/terminal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "report/sentences.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

// ECMA-48, "select graphic rendition".
constexpr std::string_view plain = "\x1b[0m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view faint = "\x1b[2m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view cyan = "\x1b[36m";

/// Beneath this a text is not folded: it would be a word a line.
constexpr std::size_t columns_least = 40;

const LogEvent::Field* find(const LogEvent& event, std::string_view name) {
  const auto found = std::ranges::find(event.fields, name, &LogEvent::Field::name);
  return found == event.fields.end() ? nullptr : &*found;
}

/// "850 us", "12 ms", "2.6 s", "4 min", "3 h", "12 d".
std::string readable_time(double us) {
  struct Unit {
    double us;
    std::string_view name;
  };
  constexpr std::array units{Unit{86400e6, "d"}, Unit{3600e6, "h"}, Unit{60e6, "min"},
                             Unit{1e6, "s"}, Unit{1e3, "ms"}};
  for (const Unit& unit : units) {
    if (us < unit.us) continue;
    const double count = us / unit.us;
    return format_fixed(count, count < 10 ? 1 : 0).append(" ").append(unit.name);
  }
  return format_fixed(us, 0) + " us";
}

std::string value_of(const LogEvent::Field& field) {
  if (const auto* const text = std::get_if<std::string>(&field.value)) return escape(*text);
  const double number = std::visit(
      [](const auto& value) -> double {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(value)>>)
          return static_cast<double>(value);
        return 0;
      },
      field.value);
  if (field.name.ends_with("_us")) return readable_time(number);
  if (field.name.ends_with("_ms")) return readable_time(number * 1e3);
  return format_fixed(number, 0);
}

/// "3 idle, 2 busy, 1 starting": what is 0 is left out, but for the first two.
std::string census_of(const LogEvent& event) {
  std::string text;
  for (const std::string_view state : {"idle", "busy", "starting", "exiting"}) {
    const LogEvent::Field* const field = find(event, state);
    if (field == nullptr) continue;
    const std::string count = value_of(*field);
    if (count == "0" && (state == "starting" || state == "exiting")) continue;
    text.append(text.empty() ? "" : ", ").append(count).append(" ").append(state);
  }
  return text;
}

std::string aligned(std::string text, std::string_view width) {
  if (width.empty()) return text;
  const bool is_left = width.front() == '-';
  if (is_left) width.remove_prefix(1);
  std::size_t columns = 0;
  std::from_chars(width.data(), width.data() + width.size(), columns);
  if (text.size() >= columns) return text;
  const std::string padding(columns - text.size(), ' ');
  return is_left ? text + padding : padding + text;
}

/// What stands between braces. \return nothing when the field is not there or has nothing to say.
std::optional<std::string> filled(const LogEvent& event, std::string_view place) {
  if (place == "*") return census_of(event);
  const std::size_t colon = std::min(place.find(':'), place.size());
  const LogEvent::Field* const field = find(event, place.substr(0, colon));
  if (field == nullptr) return std::nullopt;
  const std::string value = value_of(*field);
  if (value.empty()) return std::nullopt;
  return aligned(value, place.substr(std::min(colon + 1, place.size())));
}

/// A part of a sentence without brackets. \param is_whole Set to whether each field had something.
std::string filled_in(const LogEvent& event, std::string_view text, bool& is_whole) {
  std::string result;
  is_whole = true;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('{'), text.size());
    result.append(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find('}');
    const auto value = filled(event, text.substr(1, close - 1));
    if (!value || *value == "0") is_whole = false;
    result.append(value.value_or("-"));
    text.remove_prefix(close + 1);
  }
  return result;
}

std::string sentence_of(const LogEvent& event, std::string_view text) {
  std::string result;
  bool is_whole = true;
  while (!text.empty()) {
    const std::size_t open = std::min(text.find('['), text.size());
    result += filled_in(event, text.substr(0, open), is_whole);
    text.remove_prefix(open);
    if (text.empty()) break;
    const std::size_t close = text.find(']');
    const std::string optional = filled_in(event, text.substr(1, close - 1), is_whole);
    if (is_whole) result += optional;
    text.remove_prefix(close + 1);
  }
  return result;
}

std::string by_names(const LogEvent& event) {
  std::string text{event.name};
  for (const LogEvent::Field& field : event.fields)
    text.append(" ").append(field.name).append("=").append(value_of(field));
  return text;
}

std::string_view colour_of(const LogEvent& event) {
  if (event.level == Level::error) return red;
  if (event.level == Level::warn) return yellow;
  if (event.mark == Mark::act) return cyan;
  return event.name.ends_with("_started") && event.name != "worker_started" ? bold : "";
}

}  // namespace

std::string format_terminal(const LogEvent& event, std::string_view clock,
                            const TerminalLook& look) {
  const Sentence* const sentence = sentence_for(event);
  if (sentence != nullptr && sentence->text.empty()) return {};
  const std::string whole =
      sentence != nullptr ? sentence_of(event, sentence->text) : by_names(event);
  const bool is_dump = event.mark == Mark::dump;
  const std::string mark(mark_of(event.mark));
  const std::string head =
      is_dump ? (look.is_marked ? mark + " " : "") : std::string(clock) + " " + mark + " ";
  const std::string indent(head.size(), ' ');
  const std::size_t columns = std::max(look.columns, columns_least);
  const std::string_view colour = look.is_coloured ? colour_of(event) : "";
  std::string lines;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string body = folded(rest.substr(0, end), columns - head.size(), indent);
    const bool is_first = lines.empty();
    if (!is_first) lines += '\n';
    if (look.is_coloured) lines.append(faint);
    lines.append(is_first || is_dump ? head : indent);
    if (look.is_coloured) lines.append(plain).append(colour);
    lines.append(body);
    if (!colour.empty()) lines.append(plain);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return lines;
}

}  // namespace brood
