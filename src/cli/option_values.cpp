#include "cli/option_values.hpp"

#include <algorithm>
#include <charconv>

#include "base/address_set.hpp"
#include "base/endpoint.hpp"
#include "base/units.hpp"
#include "cli/option_entry.hpp"
#include "control/access_format.hpp"
#include "http/characters.hpp"

namespace brood {
namespace {

constexpr std::string_view digits = "0123456789";

/// What follows the digits that `text` begins with.
std::string_view after_digits(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(digits), text.size()));
}

bool is_negative(std::string_view text) {
  return text.size() > 1 && text.front() == '-' && after_digits(text.substr(1)) != text.substr(1);
}

Problem out_of_range(const std::string& least, const std::string& most) {
  return {"must be at least " + least + " and at most " + most};
}

/// Why parse_duration() or parse_size(), here `reads`, refused a text that is no bare number.
template <class Parse>
Problem problem_with_units(std::string_view text, Parse reads, const std::string& what,
                           const std::string& units, const Problem& out_of_bounds) {
  const std::string_view unit = after_digits(text);
  if (is_negative(text)) return out_of_bounds;
  if (unit.size() == text.size() || unit.starts_with('.'))
    return {"not " + what + ": write a whole number and a unit, one of " + units};
  if (reads("1" + std::string(unit))) return out_of_bounds;
  return {"unknown unit " + shown(unit) + ": use " + units};
}

}  // namespace

Checked<std::uint32_t> read_count(std::string_view text, std::uint32_t least, std::uint32_t most) {
  const Problem range = out_of_range(std::to_string(least), std::to_string(most));
  if (is_negative(text)) return range;
  if (text.empty() || !after_digits(text).empty())
    return Problem{"not a whole number: " + range.text};
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < least || count > most) return range;
  return count;
}

Checked<Duration> read_duration(std::string_view text, Duration least, Duration most) {
  const Problem range = out_of_range(format_duration(least), format_duration(most));
  const auto duration = parse_duration(text);
  if (duration && *duration >= least && *duration <= most) return *duration;
  if (duration) return range;
  if (after_digits(text).empty())
    return Problem{"a duration needs a unit, as in 5s or 250ms; 0 needs none"};
  return problem_with_units(text, parse_duration, "a duration", "h, m, s, ms, us, ns", range);
}

Checked<std::uint64_t> read_size(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const Problem range = out_of_range(format_size(least), format_size(most));
  const auto size = parse_size(text);
  if (size && *size >= least && *size <= most) return *size;
  if (size || after_digits(text).empty()) return range;
  return problem_with_units(text, parse_size, "a size", "k, M, G, or none for bytes", range);
}

Checked<std::uint32_t> read_unix_mode(std::string_view text) {
  if (text == "umask") return 0U;
  std::uint32_t mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error == std::errc{} && end == text.data() + text.size() && mode > 0 && mode <= 0777)
    return mode;
  return Problem{"allowed: umask, or permissions in octal from 0001 to 0777, as in 0660"};
}

std::string format_unix_mode(std::uint32_t mode) {
  if (mode == 0) return "umask";
  std::string text = "0000";
  for (std::size_t digit = text.size(); digit-- > 0; mode /= 8)
    text[digit] = static_cast<char>('0' + mode % 8);
  return text;
}

Checked<ServiceTime> read_service_time(std::string_view text) {
  constexpr std::string_view mark = "exp:";
  const bool exponential = text.starts_with(mark);
  const auto mean = read_duration(exponential ? text.substr(mark.size()) : text, Duration::zero(),
                                  std::chrono::hours{1});
  if (!mean) return mean.error();
  return ServiceTime{.mean = *mean, .exponential = exponential};
}

std::string_view choice_name(std::string_view names, std::size_t index) {
  for (; index > 0; --index) names.remove_prefix(names.find('|') + 1);
  return names.substr(0, names.find('|'));
}

Checked<std::size_t> read_choice(std::string_view text, std::string_view names) {
  const auto count = static_cast<std::size_t>(std::ranges::count(names, '|')) + 1;
  std::string list;
  for (std::size_t index = 0; index < count; ++index) {
    const std::string_view name = choice_name(names, index);
    if (name == text) return index;
    list.append(index == 0 ? "" : ", ").append(name);
  }
  return Problem{"allowed: " + list};
}

std::optional<Problem> problem_with_variable(std::string_view text) {
  const auto is_good = [](char byte) {
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte == '_' ||
           digits.find(byte) != digits.npos;
  };
  if (std::ranges::all_of(text, is_good) && after_digits(text) == text) return std::nullopt;
  return Problem{"write the name of an environment variable, as in REMOTE_USER"};
}

std::optional<Problem> problem_with_endpoint(std::string_view text) {
  if (parse_endpoint(text)) return std::nullopt;
  const std::string forms = "write ADDR:PORT, [ADDR]:PORT for IPv6, or unix:PATH";
  if (text.starts_with("unix:"))
    return Problem{"the path of a socket has 1 to " + std::to_string(Endpoint::path_size_max) +
                   " bytes"};
  if (after_digits(text).empty())
    return Problem{"the address is missing: " + forms + ", as in 127.0.0.1:8080"};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']'))
    return Problem{"the port is missing: " + forms};
  const std::string_view host = text.substr(0, colon);
  if (host == "localhost") return Problem{"names are not looked up: write 127.0.0.1 for localhost"};
  if (!host.starts_with('[') && host.find(':') != std::string_view::npos)
    return Problem{"an IPv6 address stands in brackets, as in [::1]:8080"};
  if (!read_count(text.substr(colon + 1), 0, 65535))
    return Problem{"the port must be a number from 0 (the kernel chooses) to 65535"};
  return Problem{"not a numeric address, and names are not looked up: " + forms};
}

std::optional<Problem> problem_with_addresses(std::string_view text) {
  if (parse_address_set(text)) return std::nullopt;
  return Problem{
      "write off, or numeric addresses with commas between, each alone or with /LEN and no "
      "bit set behind it, or unix, as in 10.0.0.0/8,::1,unix"};
}

std::optional<Problem> problem_with_health_path(std::string_view text) {
  if (text == "off") return std::nullopt;
  const auto refused = [](char byte) { return byte <= ' ' || byte > '~' || byte == '#'; };
  if (!text.starts_with('/') || std::ranges::any_of(text, refused))
    return Problem{"write off, or a path that begins with / and has no blank or #"};
  return std::nullopt;
}

std::optional<Problem> problem_with_control(std::string_view text) {
  if (!text.empty() && text.size() <= Endpoint::path_size_max) return std::nullopt;
  return Problem{"write auto, off, or the path of a socket file, of at most 107 bytes"};
}

std::optional<Problem> problem_with_charset(std::string_view text) {
  if (!text.empty() && characters::all(text, characters::token)) return std::nullopt;
  return Problem{"write off, or the name of a charset, such as utf-8"};
}

std::optional<Problem> problem_with_access_format(std::string_view text) {
  const auto format = AccessFormat::parse(text);
  const auto* const fault = std::get_if<std::string>(&format);
  if (fault == nullptr) return std::nullopt;
  return Problem{*fault + "; write common, combined, json, or directives as in %h %t %r %s %b"};
}

}  // namespace brood
