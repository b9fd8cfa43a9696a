#include "wire/health_document.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace brood {
namespace {

struct NumberKey {
  std::string_view name;
  std::uint32_t LoadReport::*value;
};
constexpr std::array number_keys{NumberKey{"busy", &LoadReport::busy},
                                 NumberKey{"idle", &LoadReport::idle},
                                 NumberKey{"max", &LoadReport::max},
                                 NumberKey{"queue", &LoadReport::queue},
                                 NumberKey{"inflight", &LoadReport::in_flight},
                                 NumberKey{"latency_us", &LoadReport::latency_us}};
constexpr std::string_view epoch_key = "epoch";
constexpr std::string_view state_key = "state";
constexpr std::string_view ready = "ready";
constexpr std::string_view draining = "draining";
constexpr std::size_t digits_max = 20;

using Fault = std::optional<HealthFault>;

bool is_digit(char byte) noexcept {
  return byte >= '0' && byte <= '9';
}

bool is_key(std::string_view text) noexcept {
  const auto fits = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || is_digit(byte) || byte == '_';
  };
  return !text.empty() && std::ranges::all_of(text, fits);
}

bool is_value(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

/// \param otherwise what is wrong with it where it is no number.
template <class Number>
Fault read_number(std::string_view text, HealthFault otherwise, Number& number) noexcept {
  if (text.empty() || text.size() > digits_max || !std::ranges::all_of(text, is_digit))
    return otherwise;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{}) return HealthFault::out_of_range;
  return std::nullopt;
}

/// Takes a line, without its end, from the front.
std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The lines behind the first two.
class LoadReader {
 public:
  Fault take(std::string_view line) noexcept {
    const std::size_t equals = std::min(line.find('='), line.size());
    const std::string_view key = line.substr(0, equals);
    if (equals == line.size() || !is_key(key) || !is_value(line.substr(equals + 1)))
      return HealthFault::no_key;
    return take(key, line.substr(equals + 1));
  }

  /// None when no key was known.
  std::optional<LoadReport> load() const noexcept {
    return seen_ != 0 ? std::optional(load_) : std::nullopt;
  }

 private:
  Fault take(std::string_view key, std::string_view value) noexcept {
    const auto* const found = std::ranges::find(number_keys, key, &NumberKey::name);
    const auto bit = static_cast<unsigned>(found - number_keys.begin());
    if (found != number_keys.end())
      return once(bit, read_number(value, HealthFault::bad_value, load_.*found->value));
    if (key == epoch_key)
      return once(bit, read_number(value, HealthFault::bad_value, load_.epoch_ms));
    if (key == state_key) return once(bit + 1, take_state(value));
    return std::nullopt;
  }

  Fault once(unsigned bit, Fault fault) noexcept {
    const unsigned mark = 1U << bit;
    if ((seen_ & mark) != 0) return HealthFault::repeated_key;
    seen_ |= mark;
    return fault;
  }

  Fault take_state(std::string_view value) noexcept {
    load_.is_draining = value == draining;
    if (value == ready || value == draining) return std::nullopt;
    return HealthFault::bad_value;
  }

  LoadReport load_;
  unsigned seen_ = 0;  ///< A bit for each known key.
};

void append_line(std::string& text, std::string_view key, std::uint64_t value) {
  text.append(key).append("=").append(std::to_string(value)).append("\n");
}

}  // namespace

std::string format_health(const HealthDocument& document) {
  std::string text = std::to_string(document.totals.errors) + '\n' +
                     std::to_string(document.totals.entries) + '\n';
  if (!document.load) return text;
  append_line(text, epoch_key, document.load->epoch_ms);
  for (const NumberKey& key : number_keys) append_line(text, key.name, (*document.load).*key.value);
  text.append(state_key).append("=");
  text.append(document.load->is_draining ? draining : ready).append("\n");
  return text;
}

const char* to_string(HealthFault fault) noexcept {
  switch (fault) {
    case HealthFault::too_long: return "it is too long";
    case HealthFault::no_totals: return "it does not begin with two numbers";
    case HealthFault::out_of_range: return "a number is out of range";
    case HealthFault::no_key: return "a line is not key=value";
    case HealthFault::bad_value: return "a key has a bad value";
    case HealthFault::repeated_key: return "a key comes twice";
  }
  return "?";
}

std::variant<HealthDocument, HealthFault> parse_health_document(std::string_view text) {
  if (text.size() > health_document_read_max) return HealthFault::too_long;
  HealthDocument document;
  for (std::uint64_t* number : {&document.totals.errors, &document.totals.entries})
    if (const Fault fault = read_number(take_line(text), HealthFault::no_totals, *number))
      return *fault;
  LoadReader reader;
  while (!text.empty())
    if (const Fault fault = reader.take(take_line(text))) return *fault;
  document.load = reader.load();
  return document;
}

}  // namespace brood
