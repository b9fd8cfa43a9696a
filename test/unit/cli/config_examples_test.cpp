#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <functional>
#include <sstream>

#include "cli/balance_options.hpp"
#include "cli/config_file.hpp"
#include "parse_helper.hpp"
#include "serve/models/models.hpp"

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
    if (file.is_directory() || file.path().filename() == "balance.conf") continue;  // Others'.
    load(file.path());
    ++file_count;
  }
  BOOST_TEST(file_count >= 3u);
}

/// config/brood.conf, with `#` taken away before the options that `is_wanted`.
std::string brood_conf(const std::function<bool(std::string_view)>& is_wanted) {
  std::string text;
  brood::ServeOptions options;
  const brood::OptionTable table = brood::serve_table(options, test_program);
  std::istringstream lines(*brood::read_config_file(path_of("brood.conf")));
  for (std::string line; std::getline(lines, line);) {
    const bool is_comment = line.starts_with("# ");
    const std::string name = is_comment ? line.substr(2, line.find(" = ") - 2) : "";
    const bool is_commented = table.find(name) != nullptr;
    text += (is_commented && is_wanted(name) ? line.substr(2) : line) + '\n';
  }
  return text;
}

BOOST_AUTO_TEST_CASE(brood_conf_has_every_option_with_its_default) {
  const std::string text = brood_conf([](std::string_view) { return true; });
  brood::ServeOptions options;
  for (const auto& [name, value] : brood::serve_table(options, test_program).describe()) {
    const std::string preset = name == "connections-per-worker" ? "1024" : value;
    const std::string line = '\n' + std::string(name) + " = " + preset;
    const std::size_t at = text.find(line);
    BOOST_TEST_REQUIRE(at != std::string::npos, line);
    BOOST_TEST((text[at + line.size()] == ' ' || text[at + line.size()] == '\n'), line);
    BOOST_TEST(text.find('\n' + std::string(name) + " = ", at + 1) == std::string::npos, line);
  }
}

BOOST_AUTO_TEST_CASE(brood_conf_is_valid_and_the_default_with_each_model) {
  for (const brood::Model& model : brood::models()) BOOST_TEST_CONTEXT(model.name) {
      const bool has_one_connection = &model == &brood::models().front();
      const auto is_of_model = [&](std::string_view name) {
        return model.has_option(name) && !(has_one_connection && name == "connections-per-worker");
      };
      const std::string line = "--model " + std::string(model.name);
      const auto as_it_is = [](std::string_view) { return false; };
      for (const std::string& text : {brood_conf(as_it_is), brood_conf(is_of_model)}) {
        const auto parsed = parse(line + " --config f", {{"f", text}});
        if (const auto* const error = std::get_if<brood::OptionError>(&parsed))
          BOOST_ERROR(error->message);
        else
          BOOST_TEST((std::get<brood::ServeOptions>(parsed) == options_of(line)));
        // As somebody would edit it.
        std::string edited = text;
        const std::size_t at = edited.find("\nmodel = prefork");
        edited.replace(at, sizeof "\nmodel = prefork" - 1, "\nmodel = " + std::string(model.name));
        BOOST_TEST((options_of("--config f", {{"f", edited}}) == options_of(line)));
      }
    }
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
