#include "serve/handlers/cgi_run.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cgi_run)

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += '[' + line + ']';
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_a_program_says_on_stderr_is_noted_line_by_line) {
  const struct {
    const char* name;
    const char* text;
    const char* want;
  } rows[] = {
      {"nothing", "", ""},
      {"a line", "one\n", "[one]"},
      {"two", "one\ntwo\n", "[one][two]"},
      {"without its end", "one\ntwo", "[one][two]"},
      {"of Windows", "one\r\ntwo\r\n", "[one][two]"},
      {"empty ones are left out", "\n\none\n\r\n\n", "[one]"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(joined(brood::notable_lines(row.text)) == row.want);
}

BOOST_AUTO_TEST_CASE(a_flood_on_stderr_is_counted_and_not_noted) {
  std::string text;
  for (int line = 0; line < 1000; ++line) text += "line\n";
  const std::vector<std::string> lines = brood::notable_lines(text);
  BOOST_TEST(lines.size() == 21u);
  BOOST_TEST(lines.back() == "and 980 more lines");
}

BOOST_AUTO_TEST_SUITE_END()
