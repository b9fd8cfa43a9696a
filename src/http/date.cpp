#include "http/date.hpp"

#include <algorithm>
#include <chrono>

namespace brood {
namespace {

/// Writes `value` with leading zeros so that its last digit is at `last`.
void put_number(DateText& text, std::size_t last, unsigned digits, unsigned value) noexcept {
  for (unsigned i = 0; i < digits; ++i, value /= 10)
    text[last - i] = static_cast<char>('0' + value % 10);
}

}  // namespace

DateText format_date(std::time_t time) noexcept {
  using namespace std::chrono;
  constexpr std::string_view weekdays = "SunMonTueWedThuFriSat";
  constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  constexpr sys_seconds first = sys_days{year{0} / January / 1};
  constexpr sys_seconds past = sys_days{year{10000} / January / 1};

  const sys_seconds moment = std::clamp(sys_seconds{seconds{time}}, first, past - seconds{1});
  const sys_days day = floor<days>(moment);
  const year_month_day date{day};
  const hh_mm_ss clock{moment - day};

  DateText text{};
  std::copy_n("Sun, 06 Nov 1994 08:49:37 GMT", text.size(), text.begin());
  std::copy_n(weekdays.begin() + std::size_t{3} * weekday{day}.c_encoding(), 3, text.begin());
  put_number(text, 6, 2, unsigned{date.day()});
  std::copy_n(months.begin() + std::size_t{3} * (unsigned{date.month()} - 1), 3, text.begin() + 8);
  put_number(text, 15, 4, static_cast<unsigned>(int{date.year()}));
  put_number(text, 18, 2, static_cast<unsigned>(clock.hours().count()));
  put_number(text, 21, 2, static_cast<unsigned>(clock.minutes().count()));
  put_number(text, 24, 2, static_cast<unsigned>(clock.seconds().count()));
  return text;
}

}  // namespace brood
