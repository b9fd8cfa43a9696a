// Every command explains itself to whoever asks, in whichever way, on a terminal of 80 columns.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(help)

namespace {

using namespace brood::test;
using Words = std::vector<std::string>;

const std::vector<Words> commands{{},          {"serve"},    {"balance"},
                                  {"compare"}, {"simulate"}, {"simulate", "balance"}};

std::string name_of(const Words& command) {
  std::string name = "brood";
  for (const std::string& word : command) name += ' ' + word;
  return name;
}

/// What it prints on stdout; nothing else may happen.
std::string page_of(Words words, std::string_view option) {
  words.emplace_back(option);
  const Finished run = run_to_end({.binary = BROOD_BINARY, .options = words});
  BOOST_TEST(run.status == 0);
  BOOST_TEST(run.err == "");
  return run.out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_command_has_one_page_under_both_names) {
  for (const Words& command : commands) BOOST_TEST_CONTEXT(name_of(command)) {
      const std::string page = page_of(command, "--help");
      BOOST_TEST(page.starts_with("Usage: " + name_of(command)));
      BOOST_TEST(page_of(command, "-h") == page);
      BOOST_TEST(page_of(command, "--version").starts_with("brood "));
      BOOST_TEST(page_of(command, "-V") == page_of(command, "--version"));
    }
}

BOOST_AUTO_TEST_CASE(no_page_is_wider_than_a_terminal_and_no_bracket_is_broken_apart) {
  for (const Words& command : commands) BOOST_TEST_CONTEXT(name_of(command)) {
      std::istringstream page(page_of(command, "--help"));
      for (std::string line; std::getline(page, line);) {
        BOOST_TEST(line.size() <= 80U, line);
        BOOST_TEST(!line.ends_with(' '), line);
        BOOST_TEST(std::ranges::count(line, '[') == std::ranges::count(line, ']'), line);
      }
    }
}

BOOST_AUTO_TEST_CASE(every_option_is_told_of_in_whole_sentences) {
  for (const Words& command : commands) BOOST_TEST_CONTEXT(name_of(command)) {
      std::istringstream page(page_of(command, "--help"));
      std::string text;  // Of the option before.
      const auto check = [&] {
        if (text.empty()) return;
        BOOST_TEST((text.front() >= 'A' && text.front() <= 'Z'), text);
        const std::size_t end = text.find(". [");  // The default follows.
        const std::string sentences = end == text.npos ? text : text.substr(0, end + 1);
        BOOST_TEST(sentences.ends_with('.'), text);
        text.clear();
      };
      for (std::string line; std::getline(page, line);) {
        const bool goes_on = line.starts_with(std::string(30, ' '));
        if (!goes_on) check();
        if (line.starts_with("  -") && line.size() > 30 && line[29] == ' ') text = line.substr(30);
        if (goes_on) text += (text.empty() ? "" : " ") + line.substr(30);
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()
