#include "lab/sim/trace_csv.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/random.hpp"
#include "base/text.hpp"

namespace brood {
namespace {

constexpr double seconds_most = 86'400;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::optional<Duration> parse_seconds(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= 0 && value <= seconds_most)) return std::nullopt;  // Also what is no number.
  return Duration{std::llround(value * 1e9)};
}

bool is_heading(std::string_view line) {
  return line.find_first_of("0123456789") == std::string_view::npos;
}

std::string not_seconds(std::string_view text, const char* what) {
  return "'" + escape(text.substr(0, 40)) + "' is not " + what +
         " in seconds: write a decimal number from 0 to 86400, as in 0.25";
}

/// One line's fields, as durations; the second may be missing.
struct Fields {
  Duration at{0};
  std::optional<Duration> service;
};

std::variant<Fields, std::string> parse_line(std::string_view line) {
  const std::size_t comma = line.find(',');
  const std::string_view first = trimmed(line.substr(0, comma));
  const auto at = parse_seconds(first);
  if (!at) return not_seconds(first, "an arrival time");
  if (comma == std::string_view::npos) return Fields{.at = *at, .service = {}};
  const std::string_view second = trimmed(line.substr(comma + 1));
  if (second.find(',') != std::string_view::npos)
    return std::string("more than two fields: write the arrival time, or arrival and service time");
  const auto service = parse_seconds(second);
  if (!service) return not_seconds(second, "a service time");
  return Fields{.at = *at, .service = service};
}

}  // namespace

std::variant<std::vector<Arrival>, TraceError> parse_trace(std::string_view text,
                                                           const TraceOptions& options,
                                                           std::uint64_t seed) {
  std::vector<Arrival> trace;
  SplitMix random{stream_seed(seed, Stream::services)};
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || (number == 1 && is_heading(line))) continue;
    const auto parsed = parse_line(line);
    if (const auto* const problem = std::get_if<std::string>(&parsed))
      return TraceError{.line = number, .text = *problem};
    const auto& [at, service] = std::get<Fields>(parsed);
    trace.push_back({.at = at, .service = service ? *service : draw_service(options, random)});
  }
  std::ranges::stable_sort(trace, {}, &Arrival::at);
  return trace;
}

}  // namespace brood
