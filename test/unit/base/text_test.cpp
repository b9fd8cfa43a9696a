#include "base/text.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(every_byte_is_escaped_by_its_class) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned value = 0; value < 256; ++value) BOOST_TEST_CONTEXT("byte " << value) {
      const char byte = static_cast<char>(value);
      std::string want{'\\', 'x', digits[value / 16], digits[value % 16]};
      if (value >= 32 && value <= 126) want = std::string(1, byte);
      if (byte == '\\') want = R"(\\)";
      BOOST_TEST(brood::escape({&byte, 1}) == want);
    }
}

BOOST_AUTO_TEST_CASE(a_forged_line_stays_on_one_line) {
  BOOST_TEST(brood::escape("") == "");
  BOOST_TEST(brood::escape("GET /\r\n## idle=9\x1b[31m") == R"(GET /\x0d\x0a## idle=9\x1b[31m)");
  BOOST_TEST(brood::escape({"a\0b", 3}) == R"(a\x00b)");
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_the_one_with_the_fewest_changes) {
  constexpr auto names = std::to_array<std::string_view>(
      {"min-spare", "max-spare", "max-workers", "log-file", "check"});
  const struct {
    const char* name;
    const char* typed;
    const char* want;
  } rows[] = {
      {"itself", "min-spare", "min-spare"},
      {"a letter less", "min-spar", "min-spare"},
      {"a letter more", "min-sparee", "min-spare"},
      {"a wrong letter", "max-spade", "max-spare"},
      {"two swapped", "chekc", "check"},
      {"two wrong of five", "chexx", ""},
      {"two swapped in a long name", "max-wrokers", "max-workers"},
      {"a third of the letters", "lagrfile", "log-file"},
      {"more than a third", "lagrfils", ""},
      {"far from all", "connections", ""},
      {"nothing", "", ""},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(brood::nearest_name(row.typed, names) == row.want);
}

BOOST_AUTO_TEST_CASE(of_equally_near_names_the_first_is_taken) {
  constexpr auto names = std::to_array<std::string_view>({"cat", "car"});
  BOOST_TEST(brood::nearest_name("cap", names) == "cat");
  BOOST_TEST(brood::nearest_name("cap", {}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
