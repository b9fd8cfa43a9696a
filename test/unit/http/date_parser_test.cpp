#include "http/date_parser.hpp"

#include <boost/test/unit_test.hpp>

#include "http/date.hpp"

using brood::parse_date;

BOOST_AUTO_TEST_SUITE(date_parser)

namespace {

constexpr std::time_t example = 784111777;  // RFC 9110, section 5.6.7.
constexpr std::time_t in_1994 = example + 1000;
constexpr std::time_t in_2026 = 1795000000;

struct Row {
  const char* name;
  const char* text;
  std::time_t want;
};

}  // namespace

BOOST_AUTO_TEST_CASE(all_three_forms_are_read) {
  const Row rows[] = {
      {"IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", example},
      {"RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", example},
      {"asctime, one digit", "Sun Nov  6 08:49:37 1994", example},
      {"asctime, two digits", "Sun Nov 16 08:49:37 1994", example + 10 * 86400},
      {"the epoch", "Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"before the epoch", "Wed, 31 Dec 1969 23:59:59 GMT", -1},
      {"a leap day", "Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
      {"a leap second", "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
      {"the wrong day of the week", "Mon, 06 Nov 1994 08:49:37 GMT", example},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto got = parse_date(row.text, in_1994);
      BOOST_TEST_REQUIRE(got.has_value());
      BOOST_TEST(*got == row.want);
    }
}

BOOST_AUTO_TEST_CASE(two_digits_of_a_year_are_at_most_fifty_years_ahead) {
  const Row rows[] = {
      {"this century", "Sunday, 06-Nov-26 00:00:00 GMT", 1793923200},
      {"fifty years ahead", "Sunday, 06-Nov-76 00:00:00 GMT", 3371846400},
      {"the past century", "Sunday, 06-Nov-94 08:49:37 GMT", example},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto got = parse_date(row.text, in_2026);
      BOOST_TEST_REQUIRE(got.has_value());
      BOOST_TEST(*got == row.want);
    }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  for (const std::time_t time : {std::time_t{0}, example, in_2026, std::time_t{951782399}}) {
    const brood::DateText text = brood::format_date(time);
    BOOST_TEST(parse_date({text.data(), text.size()}, in_2026).value_or(-7) == time);
  }
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_date) {
  for (const char* const text : {"",
                                 "0",
                                 "yesterday",
                                 "Sun, 06 Nov 1994 08:49:37",
                                 "Sun, 06 Nov 1994 08:49:37 UTC",
                                 "Sun, 06 Nov 1994 08:49:37 GMT ",
                                 " Sun, 06 Nov 1994 08:49:37 GMT",
                                 "sun, 06 nov 1994 08:49:37 GMT",
                                 "Sun, 6 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 94 08:49:37 GMT",
                                 "Sun, 06 Now 1994 08:49:37 GMT",
                                 "Sun, 30 Feb 1994 08:49:37 GMT",
                                 "Sun, 00 Nov 1994 08:49:37 GMT",
                                 "Sun, 06 Nov 1994 24:00:00 GMT",
                                 "Sun, 06 Nov 1994 08:60:37 GMT",
                                 "Sun, 06 Nov 1994 08:49:61 GMT",
                                 "Sun, 06 Nov 1994 8:49:37 GMT",
                                 "Sun, 06-Nov-94 08:49:37 GMT",
                                 "Sunday, 06 Nov 94 08:49:37 GMT",
                                 "Sun Nov 6 08:49:37 1994",
                                 "Sun Nov  6 08:49:37 1994 GMT",
                                 "Sun, +6 Nov 1994 08:49:37 GMT"})
    BOOST_TEST(!parse_date(text, in_1994).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
