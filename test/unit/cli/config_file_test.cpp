#include "cli/config_file.hpp"

#include <boost/test/unit_test.hpp>

#include "parse_helper.hpp"

BOOST_AUTO_TEST_SUITE(config_file)

BOOST_AUTO_TEST_CASE(each_setting_is_read_with_its_line) {
  const auto parsed = brood::parse_config_text(
      "# a comment\r\n"
      "\r\n"
      "min-spare = 3\r\n"
      "  max-spare=9\t# idle\n"
      "   # indented comment\n"
      "log-file = /var/log/a#b c.log\n"
      "health-path = /a=b\n"
      "listen =\n"
      "last = 1",
      "brood.conf");
  const auto* const entries = std::get_if<std::vector<brood::OptionEntry>>(&parsed);
  BOOST_REQUIRE(entries != nullptr);
  const struct {
    unsigned line;
    const char* name;
    const char* value;
  } rows[] = {
      {3, "min-spare", "3"},      {4, "max-spare", "9"}, {6, "log-file", "/var/log/a#b c.log"},
      {7, "health-path", "/a=b"}, {8, "listen", ""},     {9, "last", "1"},
  };
  BOOST_REQUIRE(entries->size() == std::size(rows));
  for (std::size_t i = 0; i < entries->size(); ++i) BOOST_TEST_CONTEXT(rows[i].name) {
      BOOST_TEST((*entries)[i].line == rows[i].line);
      BOOST_TEST((*entries)[i].name == rows[i].name);
      BOOST_TEST((*entries)[i].value == rows[i].value);
      BOOST_TEST((*entries)[i].path == "brood.conf");
    }
}

BOOST_AUTO_TEST_CASE(a_value_in_quotes_is_taken_as_it_stands) {
  const struct {
    const char* name;
    const char* line;
    const char* value;
  } rows[] = {
      {"a # is none of a comment", R"(plugin-arg = "a b # c")", "a b # c"},
      {"a comment behind it", "plugin-arg=\" a \"\t# a comment \"", " a "},
      {"nothing", R"(plugin-arg = "")", ""},
      {"escapes", R"(plugin-arg = "say \"a\\b\"\n")", "say \"a\\b\"\n"},
      {"quotes within", R"(plugin-arg = a "b" c)", R"(a "b" c)"},
      {"a # after the =", "plugin-arg=#a", "#a"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto parsed = brood::parse_config_text(row.line, "f");
      BOOST_REQUIRE(parsed.index() == 0U);
      const std::string value = std::get<0>(parsed).at(0).value;
      BOOST_TEST(value == row.value);
      const auto again =
          brood::parse_config_text("plugin-arg = " + brood::config_value(value), "f");
      BOOST_TEST(std::get<0>(again).at(0).value == value);
    }
  BOOST_TEST(brood::config_value("/var/log/a b.log") == "/var/log/a b.log");
}

BOOST_AUTO_TEST_CASE(a_mistake_is_found_with_its_line) {
  const struct {
    const char* text;
    const char* want;
  } rows[] = {
      {"backlog", "f:1: backlog: not a setting: write NAME = VALUE, or begin a comment with #"},
      {"\n\n; note\n", "f:3: ; note: not a setting: write NAME = VALUE, or begin a comment with #"},
      {"\n[serve]\n", "f:2: [serve]: there are no sections in this file: remove the line"},
      {"= 5", "f:1: = 5: the name is missing: write NAME = VALUE"},
      {"min-spare = 3\nmin-spar = 4\n", "f:2: unknown option min-spar: did you mean min-spare?"},
      {"--min-spare = 4\n", "f:1: unknown option --min-spare: did you mean min-spare?"},
      {"colour = red\n", "f:1: unknown option colour: see brood serve --help"},
      {"min\033spare = 3\n", "f:1: unknown option min\\x1bspare: did you mean min-spare?"},
      {"\nmin-spare = 12x\n",
       "f:2: min-spare = 12x: not a whole number: must be at least 0 and at most 65535"},
      {"header-timeout = 5\n",
       "f:1: header-timeout = 5: a duration needs a unit, as in 5s or 250ms; 0 needs none"},
      {"max-workers = 0\n", "f:1: max-workers = 0: must be at least 1 and at most 65535"},
      {"verbose = yes\n", "f:1: verbose = yes: allowed: auto, on, off"},
      {"min-spare =\n", "f:1: min-spare needs a value"},
      {"min-spare = # five\n", "f:1: min-spare needs a value"},
      {"\nplugin-arg = \"a b\n", "f:2: plugin-arg: the closing quote is missing"},
      {"plugin-arg = \"a\\", "f:1: plugin-arg: the closing quote is missing"},
      {"plugin-arg = \"a\" b\n",
       "f:1: plugin-arg: something follows the closing quote: write \\\" for a quote within the "
       "value"},
      {"plugin-arg = \"a\\x\"\n",
       "f:1: plugin-arg: unknown escape \\x: in quotes there are \\\", \\\\ and \\n"},
      {"min-spare = 5\nmin-spare = 5\n",
       "f:2: min-spare = 5: given twice, first as min-spare = 5: keep one"},
      {"config = g\n", "f:1: config belongs on the command line"},
      {"check = on\n", "f:1: check belongs on the command line"},
      {"max-spare = 10\nmin-spare = 12\n",
       "f:2: min-spare = 12 is above max-spare = 10: raise max-spare or lower min-spare"},
      {"min-spare = 12\n",
       "f:1: min-spare = 12 is above the default --max-spare 10: "
       "raise --max-spare or lower min-spare"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.text)
  BOOST_TEST(error_of("--config f", {{"f", row.text}}) == row.want);
}

BOOST_AUTO_TEST_CASE(a_conflict_between_file_and_command_line_names_both) {
  BOOST_TEST(error_of("--config f --max-spare 15", {{"f", "min-spare = 20"}}) ==
             "f:1: min-spare = 20 is above --max-spare 15: raise --max-spare or lower min-spare");
  BOOST_TEST(error_of("--config f --min-spare 9", {{"f", "\nmax-spare = 8"}}) ==
             "f:2: --min-spare 9 is above max-spare = 8: raise max-spare or lower --min-spare");
}

BOOST_AUTO_TEST_CASE(a_mistake_in_the_file_is_an_error_even_if_overridden) {
  BOOST_TEST(error_of("--config f --policy demand", {{"f", "policy = fast"}}) ==
             "f:1: policy = fast: allowed: exponential, demand");
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_read_is_named_with_the_reason) {
  const auto error_for = [](const std::string& path) {
    const auto parsed = brood::parse_serve_options(std::vector<std::string>{"--config", path},
                                                   test_program, brood::read_config_file);
    return std::get<brood::OptionError>(parsed).message;
  };
  BOOST_TEST(error_for("/nowhere/brood.conf") ==
             "--config /nowhere/brood.conf: cannot be read: No such file or directory");
  BOOST_TEST(error_for("/") == "--config /: cannot be read: Is a directory");
  BOOST_TEST(error_for("/dev/zero") == "--config /dev/zero: cannot be read: File too large");
}

BOOST_AUTO_TEST_CASE(a_file_without_settings_leaves_the_defaults) {
  BOOST_TEST((options_of("--config f", {{"f", ""}}) == brood::ServeOptions{}));
  BOOST_TEST((options_of("--config f", {{"f", "# nothing\n\n"}}) == brood::ServeOptions{}));
  BOOST_TEST((options_of("--config /dev/null", {{"/dev/null", ""}}) == brood::ServeOptions{}));
}

BOOST_AUTO_TEST_SUITE_END()
