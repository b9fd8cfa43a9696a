#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "cli/balance_options.hpp"
#include "cli/config_file.hpp"
#include "parse_helper.hpp"

BOOST_AUTO_TEST_SUITE(config_examples)

std::string path_of(const char* name) {
  return std::string(BROOD_SOURCE_DIR "/config/") + name;
}

brood::ServeOptions load(const std::string& path) {
  const auto parsed = brood::parse_serve_options(std::vector<std::string>{"--config", path},
                                                 test_program, brood::read_config_file);
  if (const auto* const error = std::get_if<brood::OptionError>(&parsed))
    BOOST_FAIL(error->message);
  return std::get<brood::ServeOptions>(parsed);
}

BOOST_AUTO_TEST_CASE(every_file_in_config_is_right) {
  unsigned file_count = 0;
  for (const auto& file : std::filesystem::directory_iterator(path_of(""))) {
    if (file.path().filename() == "balance.conf") continue;  // Of another command.
    load(file.path());
    ++file_count;
  }
  BOOST_TEST(file_count >= 3u);
}

BOOST_AUTO_TEST_CASE(brood_conf_lists_every_option_with_its_default) {
  BOOST_TEST((load(path_of("brood.conf")) == brood::ServeOptions{}));
  const auto text = brood::read_config_file(path_of("brood.conf"));
  BOOST_REQUIRE(text.has_value());
  for (const auto& [name, value] : brood::describe(brood::ServeOptions{}, test_program))
    BOOST_TEST(text->find('\n' + std::string(name) + " = ") != std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(the_other_examples_are_what_they_say) {
  BOOST_TEST((load(path_of("demand.conf")).policy == brood::Policy::demand));
  const auto fixed = load(path_of("static.conf"));
  BOOST_TEST(fixed.start_workers == fixed.min_spare);
  BOOST_TEST(fixed.start_workers == fixed.max_spare);
}

BOOST_AUTO_TEST_CASE(balance_conf_lists_every_option_with_its_default) {
  const std::vector<std::string> args{"--config", path_of("balance.conf")};
  const auto parsed = brood::parse_balance_options(args, brood::read_config_file);
  if (const auto* const error = std::get_if<brood::OptionError>(&parsed))
    BOOST_FAIL(error->message);
  auto options = std::get<brood::BalanceOptions>(parsed);
  BOOST_TEST(options.servers.size() == 2U);
  options.servers.clear();
  BOOST_TEST((options == brood::BalanceOptions{}));
  const auto text = brood::read_config_file(path_of("balance.conf"));
  BOOST_REQUIRE(text.has_value());
  for (const auto& [name, value] : brood::describe(brood::BalanceOptions{}))
    BOOST_TEST(text->find('\n' + std::string(name) + " = ") != std::string::npos, name);
}

BOOST_AUTO_TEST_SUITE_END()
