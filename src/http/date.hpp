#pragma once

#include <array>
#include <ctime>
#include <string_view>

namespace brood {

/// "Sun, 06 Nov 1994 08:49:37 GMT": an IMF-fixdate (RFC 9110, section 5.6.7) of 29 bytes.
using DateText = std::array<char, 29>;

/// `time` in seconds since 1970 UTC; what lies outside the years 0 to 9999 is moved to the nearest
/// second inside.
DateText format_date(std::time_t time) noexcept;

/// Formats once for each second.
class DateCache {
 public:
  /// Good until the next call.
  std::string_view at(std::time_t time) noexcept {
    if (time != time_ || text_[0] == '\0') {
      text_ = format_date(time);
      time_ = time;
    }
    return {text_.data(), text_.size()};
  }

 private:
  std::time_t time_ = 0;
  DateText text_{};
};

}  // namespace brood
