#include "report/event.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>

BOOST_AUTO_TEST_SUITE(log_event)

namespace {

using namespace brood;

constexpr WallTime noon{1'795'241'541'123'456};
const std::string start = "-- 2026-11-21T06:12:21.123456Z info e";

LogEvent event() {
  return {.level = Level::info, .mark = Mark::plain, .name = "e", .fields = {}};
}

/// What stands behind "reason=" in a line of text.
std::string shown(const std::string& value) {
  const std::string line = format_text(event().with("reason", value), noon);
  BOOST_TEST_REQUIRE(line.starts_with(start + " reason="));
  return line.substr(start.size() + 8);
}

}  // namespace

BOOST_AUTO_TEST_CASE(times_are_utc_with_microseconds) {
  const struct {
    std::int64_t us;
    const char* want;
  } rows[] = {
      {0, "1970-01-01T00:00:00.000000Z"},
      {1, "1970-01-01T00:00:00.000001Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {86'399'999'999, "1970-01-01T23:59:59.999999Z"},
      {86'400'000'000, "1970-01-02T00:00:00.000000Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
      {1'709'251'199'999'999, "2024-02-29T23:59:59.999999Z"},
      {1'795'241'541'123'456, "2026-11-21T06:12:21.123456Z"},
      {4'107'542'400'000'000, "2100-03-01T00:00:00.000000Z"},
      {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
  };
  for (const auto& row : rows) BOOST_TEST(format_time({row.us}) == row.want);
}

BOOST_AUTO_TEST_CASE(a_line_of_text_is_mark_time_level_name_and_fields_in_order) {
  LogEvent full{.level = Level::warn, .mark = Mark::act, .name = "regulate", .fields = {}};
  full.with("idle", 3).with("reason", "below_min").with_signed("age_us", -7);
  BOOST_TEST(format_text(full, noon) ==
             "## 2026-11-21T06:12:21.123456Z warn regulate idle=3 reason=below_min age_us=-7");
  BOOST_TEST(format_json(full, noon) ==
             "{\"ts\":\"2026-11-21T06:12:21.123456Z\",\"level\":\"warn\",\"event\":\"regulate\","
             "\"idle\":3,\"reason\":\"below_min\",\"age_us\":-7}");
}

BOOST_AUTO_TEST_CASE(an_event_without_fields_has_no_blank_at_its_end) {
  BOOST_TEST(format_text(event(), noon) == start);
  BOOST_TEST(format_json(event(), noon) ==
             "{\"ts\":\"2026-11-21T06:12:21.123456Z\",\"level\":\"info\",\"event\":\"e\"}");
}

BOOST_AUTO_TEST_CASE(every_mark_has_its_letters) {
  const struct {
    Mark mark;
    const char* want;
  } rows[] = {
      {Mark::plain, "-- "}, {Mark::picture, "@@ "}, {Mark::act, "## "}, {Mark::dump, "~~ "}};
  for (const auto& row : rows) {
    LogEvent marked = event();
    marked.mark = row.mark;
    BOOST_TEST(format_text(marked, noon).substr(0, 3) == row.want);
  }
}

BOOST_AUTO_TEST_CASE(every_level_has_its_name) {
  BOOST_TEST(to_string(Level::debug) == "debug");
  BOOST_TEST(to_string(Level::info) == "info");
  BOOST_TEST(to_string(Level::warn) == "warn");
  BOOST_TEST(to_string(Level::error) == "error");
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_at_both_ends_of_their_range) {
  LogEvent numbers = event();
  numbers.with("most", std::numeric_limits<std::uint64_t>::max())
      .with_signed("least", std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(format_text(numbers, noon) ==
             start + " most=18446744073709551615 least=-9223372036854775808");
}

BOOST_AUTO_TEST_CASE(a_text_is_quoted_unless_it_is_plain) {
  const struct {
    const char* value;
    const char* want;
  } rows[] = {
      {"plain", "plain"},
      {"azAZ09._:/+-@[]", "azAZ09._:/+-@[]"},
      {"127.0.0.1:8080", "127.0.0.1:8080"},
      {"[::1]:8080", "[::1]:8080"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"a,b", "\"a,b\""},
      {"say \"hi\"", "\"say \\\"hi\\\"\""},
      {"C:\\dir", "\"C:\\\\dir\""},
      {"\\", "\"\\\\\""},
      {"\\\"", "\"\\\\\\\"\""},
      {"\\x0a", "\"\\\\x0a\""},
      {"line\nline", "\"line\\x0aline\""},
      {"tab\there", "\"tab\\x09here\""},
      {"\xc3\xa9", "\"\\xc3\\xa9\""},
      {"\x7f", "\"\\x7f\""},
      {"~", "\"~\""},
  };
  for (const auto& row : rows) BOOST_TEST(shown(row.value) == row.want);
  BOOST_TEST(shown(std::string("a\0b", 3)) == "\"a\\x00b\"");
}

BOOST_AUTO_TEST_CASE(no_byte_of_a_client_ends_a_line_or_its_quotes) {
  for (int value = 0; value < 256; ++value) {
    const std::string text = shown("x" + std::string(1, static_cast<char>(value)) + " y");
    BOOST_TEST_INFO_SCOPE("byte " << value);
    BOOST_TEST(std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; }));
    BOOST_TEST(text.starts_with("\"x"));
    BOOST_TEST(text.ends_with(" y\""));
    // Between the first quote and the last, every quote has a backslash of its own before it.
    for (std::size_t at = 1; at + 1 < text.size(); ++at) {
      if (text[at] == '\\') ++at;
      BOOST_TEST((text[at] != '"' || text[at - 1] == '\\'));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_forged_line_stays_inside_the_one_that_carries_it) {
  const std::string forged =
      "GET / HTTP/1.1\" total=0\r\n## 2026-11-21T06:12:21.123456Z info regulate idle=0\x1b[2K";
  BOOST_TEST(shown(forged) ==
             "\"GET / HTTP/1.1\\\" total=0\\x0d\\x0a## 2026-11-21T06:12:21.123456Z info regulate "
             "idle=0\\x1b[2K\"");
}

BOOST_AUTO_TEST_SUITE_END()
