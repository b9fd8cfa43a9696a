#include "base/units.hpp"

#include <array>
#include <charconv>
#include <limits>

namespace brood {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array duration_units{
    Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000}, Unit{"s", 1'000'000'000},
    Unit{"ms", 1'000'000},        Unit{"us", 1'000},         Unit{"ns", 1}};
constexpr std::array size_units{Unit{"G", 1ULL << 30}, Unit{"M", 1ULL << 20}, Unit{"k", 1ULL << 10},
                                Unit{"", 1}};

template <class Units>
std::optional<std::uint64_t> parse(std::string_view text, const Units& units,
                                   std::uint64_t most) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (number == 0 && name.empty()) return 0;
  for (const Unit& unit : units)
    if (unit.name == name && number <= most / unit.factor) return number * unit.factor;
  return std::nullopt;
}

template <class Units>
std::string format(std::uint64_t value, const Units& units) {
  if (value == 0) return "0";
  for (const Unit& unit : units)
    if (value % unit.factor == 0) return std::to_string(value / unit.factor).append(unit.name);
  return std::to_string(value);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) noexcept {
  const auto ns = parse(text, duration_units, std::numeric_limits<std::int64_t>::max());
  if (!ns) return std::nullopt;
  return Duration{static_cast<std::int64_t>(*ns)};
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  return parse(text, size_units, std::numeric_limits<std::int64_t>::max());
}

std::string format_duration(Duration duration) {
  return format(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::string format_rounded(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  if (seconds.count() > 0) return format_duration(seconds);
  return format_duration(std::chrono::floor<std::chrono::milliseconds>(duration));
}

std::string format_size(std::uint64_t bytes) {
  return format(bytes, size_units);
}

}  // namespace brood
