#include "serve/models/models.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "cli/serve_options.hpp"

namespace {

using brood::Model;

std::string documentation() {
  std::ostringstream text;
  text << std::ifstream(BROOD_SOURCE_DIR "/docs/models.md").rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(models)

BOOST_AUTO_TEST_CASE(each_row_of_the_table_is_whole_and_found_by_its_name) {
  std::set<std::string_view> names;
  for (const Model& model : brood::models()) BOOST_TEST_CONTEXT(model.name) {
      BOOST_TEST(names.insert(model.name).second);
      BOOST_TEST(brood::find_model(model.name) == &model);
      BOOST_TEST((model.run != nullptr));
      BOOST_TEST(!model.unit.empty());
      BOOST_TEST(!model.crash_costs.empty());
    }
  BOOST_TEST(brood::models().front().name == "prefork");
  for (const char* const name : {"", "pre", "Prefork", "threads"})
    BOOST_TEST(brood::find_model(name) == nullptr, name);
}

BOOST_AUTO_TEST_CASE(the_options_of_a_model_are_options_of_the_pool) {
  brood::ServeOptions options;
  const brood::OptionTable table = brood::serve_table(options, {});
  for (const Model& model : brood::models())
    for (const std::string_view option : model.options) {
      const brood::Option* const row = table.find(option);
      BOOST_REQUIRE_MESSAGE(row != nullptr, option);
      BOOST_TEST(row->group == "Pool", option);
      BOOST_TEST(model.has_option(option));
    }
  BOOST_TEST(!brood::models().front().has_option("threads"));
}

/// Whoever has no pool has something else that bounds what is open.
BOOST_AUTO_TEST_CASE(every_model_has_a_bound) {
  for (const Model& model : brood::models())
    BOOST_TEST((model.has_option("max-workers") || model.has_option("connections-per-worker")),
               model.name);
}

BOOST_AUTO_TEST_CASE(the_document_has_a_section_and_the_price_of_a_crash_for_each) {
  const std::string text = documentation();
  for (const Model& model : brood::models()) {
    const std::string name(model.name);
    BOOST_TEST(text.find("\n## `" + name + "`\n") != std::string::npos, name);
    const std::size_t row = text.find("\n| `" + name + "` |");
    BOOST_REQUIRE_MESSAGE(row != std::string::npos, name);
    const std::string line = text.substr(row + 1, text.find('\n', row + 1) - row - 1);
    BOOST_TEST(line.find("| " + std::string(model.crash_costs) + " |") != std::string::npos, line);
  }
}

BOOST_AUTO_TEST_SUITE_END()
