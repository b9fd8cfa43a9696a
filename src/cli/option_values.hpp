#pragma once
// The text of an option's value in, a checked value out, or what is wrong with it and what would
// be right. The name of the option is not known in here: whoever asks puts it in front.

#include <boost/system/result.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace brood {

struct Problem {
  std::string text;
};
/// How long something takes.
struct ServiceTime {
  Duration mean = std::chrono::seconds{1};
  bool exponential = false;  ///< Drawn anew for each request, instead of the same for all.
  friend bool operator==(const ServiceTime&, const ServiceTime&) = default;
};

template <class T>
using Checked = boost::system::result<T, Problem>;

/// Puts a sound value into `target`; of any other, says what is wrong.
template <class Target, class T>
std::optional<Problem> store(Target& target, Checked<T> value) {
  if (!value) return std::move(value).error();
  target = *std::move(value);
  return std::nullopt;
}

/// A whole number from `least` to `most`.
Checked<std::uint32_t> read_count(std::string_view text, std::uint32_t least, std::uint32_t most);

/// As parse_duration(), from `least` to `most`.
Checked<Duration> read_duration(std::string_view text, Duration least, Duration most);

/// As parse_size(), in bytes from `least` to `most`.
Checked<std::uint64_t> read_size(std::string_view text, std::uint64_t least, std::uint64_t most);

/// The permission bits of a socket file in octal, 600 or 0660; "umask": 0.
Checked<std::uint32_t> read_unix_mode(std::string_view text);
/// As read_unix_mode() reads it.
std::string format_unix_mode(std::uint32_t mode);

/// A duration of at most an hour; after "exp:", the mean of an exponential distribution.
Checked<ServiceTime> read_service_time(std::string_view text);

/// Which of the names that `|` separates, from 0.
Checked<std::size_t> read_choice(std::string_view text, std::string_view names);

/// The name at `index` of such names.
std::string_view choice_name(std::string_view names, std::size_t index);

/// Of values that stay text, what is wrong with them, or nothing.
std::optional<Problem> problem_with_variable(std::string_view text);     ///< The name of one.
std::optional<Problem> problem_with_endpoint(std::string_view text);     ///< See parse_endpoint().
std::optional<Problem> problem_with_addresses(std::string_view text);    ///< parse_address_set().
std::optional<Problem> problem_with_health_path(std::string_view text);  ///< Or "off".
std::optional<Problem> problem_with_charset(std::string_view text);      ///< Or "off".
std::optional<Problem> problem_with_access_format(std::string_view text);  ///< See AccessFormat.
std::optional<Problem> problem_with_control(std::string_view text);        ///< Or "auto", "off".

}  // namespace brood
