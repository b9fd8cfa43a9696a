#include "http/date_parser.hpp"

#include <array>
#include <chrono>
#include <span>

#include "http/characters.hpp"

namespace brood {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> days{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> long_days{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  unsigned year = 0;
  unsigned month = 0;  ///< From 0.
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
};

/// Takes what it is asked for from the front of a text, or says that it is not there.
class Taker {
 public:
  explicit Taker(std::string_view text) noexcept : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }

  bool text(std::string_view expected) noexcept {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  bool number(std::size_t digits, unsigned& value) noexcept {
    const std::string_view taken = rest_.substr(0, digits);
    if (taken.size() < digits || !characters::all(taken, characters::digit)) return false;
    value = 0;
    for (const char digit : taken) value = value * 10 + static_cast<unsigned>(digit - '0');
    rest_.remove_prefix(digits);
    return true;
  }

  bool one_of(Names names, unsigned& index) noexcept {
    for (index = 0; index < names.size(); ++index)
      if (text(names[index])) return true;
    return false;
  }

  bool one_of(Names names) noexcept {
    unsigned index = 0;
    return one_of(names, index);
  }

  bool clock(Parts& parts) noexcept {
    return number(2, parts.hour) && text(":") && number(2, parts.minute) && text(":") &&
           number(2, parts.second);
  }

 private:
  std::string_view rest_;
};

bool take_fixdate(Taker take, Parts& parts) noexcept {
  return take.one_of(days) && take.text(", ") && take.number(2, parts.day) && take.text(" ") &&
         take.one_of(months, parts.month) && take.text(" ") && take.number(4, parts.year) &&
         take.text(" ") && take.clock(parts) && take.text(" GMT") && take.at_end();
}

bool take_rfc850(Taker take, Parts& parts, unsigned this_year) noexcept {
  const bool is_one = take.one_of(long_days) && take.text(", ") && take.number(2, parts.day) &&
                      take.text("-") && take.one_of(months, parts.month) && take.text("-") &&
                      take.number(2, parts.year) && take.text(" ") && take.clock(parts) &&
                      take.text(" GMT") && take.at_end();
  parts.year += this_year / 100 * 100;
  if (parts.year > this_year + 50) parts.year -= 100;
  return is_one;
}

bool take_asctime(Taker take, Parts& parts) noexcept {
  return take.one_of(days) && take.text(" ") && take.one_of(months, parts.month) &&
         take.text(" ") &&
         (take.number(2, parts.day) || (take.text(" ") && take.number(1, parts.day))) &&
         take.text(" ") && take.clock(parts) && take.text(" ") && take.number(4, parts.year) &&
         take.at_end();
}

unsigned year_of(std::time_t time) noexcept {
  using namespace std::chrono;
  const year_month_day date{floor<std::chrono::days>(sys_seconds{seconds{time}})};
  return static_cast<unsigned>(int{date.year()});
}

}  // namespace

std::optional<std::time_t> parse_date(std::string_view text, std::time_t now) noexcept {
  using namespace std::chrono;
  const Taker take(text);
  Parts parts;
  if (!take_fixdate(take, parts) && !take_rfc850(take, parts, year_of(now)) &&
      !take_asctime(take, parts))
    return std::nullopt;
  const year_month_day date{year{static_cast<int>(parts.year)}, month{parts.month + 1},
                            day{parts.day}};
  constexpr unsigned leap_second = 60;
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > leap_second)
    return std::nullopt;
  const sys_seconds moment =
      sys_days{date} + hours{parts.hour} + minutes{parts.minute} + seconds{parts.second};
  return moment.time_since_epoch().count();
}

}  // namespace brood
