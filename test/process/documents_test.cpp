// Every option of every command is in exactly one document, with its default; no document tells of
// one that there is not.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(documents)

namespace {

using namespace brood::test;
using Words = std::vector<std::string>;
using Defaults = std::map<std::string, std::string>;  ///< By option; empty: it has none.

/// What the command's --help tells of each option, but for help and version, which all have.
Defaults options_of(Words command) {
  command.emplace_back("--help");
  std::istringstream page(run_to_end({.binary = BROOD_BINARY, .options = command}).out);
  static const std::regex begin(R"(^  (?:-., )?--([a-z-]+).*)"), preset(R"(\. \[(.*)\]$)");
  Defaults options;
  std::smatch match;
  std::string name, text;
  const auto keep = [&] {
    if (!name.empty()) options[name] = std::regex_search(text, match, preset) ? match[1].str() : "";
    name.clear();
  };
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with(std::string(30, ' '))) keep();
    if (std::regex_match(line, match, begin)) {
      name = match[1].str();
      text.clear();
    }
    if (line.size() > 30 && line[29] == ' ') text += (text.empty() ? "" : " ") + line.substr(30);
  }
  keep();
  for (const char* const name_of_all : {"help", "version"}) BOOST_TEST(options.erase(name_of_all));
  return options;
}

struct DocumentRow {
  std::string document, option, preset;
};

/// The rows "| `--name VALUE` | default | ... |" of a document, or those below one of its headings.
std::vector<DocumentRow> rows_of(const std::string& document, const std::string& heading) {
  static const std::regex row(R"(^\| `(?:-., )?--([a-z-]+)[^`]*` \| ([^|]*) \|.*)");
  std::ifstream file(BROOD_SOURCE_DIR "/docs/" + document);
  BOOST_TEST_REQUIRE(file.is_open(), document);
  std::vector<DocumentRow> rows;
  std::smatch match;
  bool is_below = heading.empty();
  for (std::string line; std::getline(file, line);) {
    if (!heading.empty() && line.starts_with('#')) is_below = line == heading;
    if (is_below && std::regex_match(line, match, row))
      rows.push_back({document, match[1].str(), match[2].str()});
  }
  return rows;
}

struct Page {
  Words command;
  std::vector<std::string> documents;
  std::string heading = {};  ///< Of the one document; empty: all of them.
};

const Page pages[] = {
    {{"serve"}, {"operating.md", "handlers.md"}},
    {{"balance"}, {"operating-balance.md", "balancing.md"}},
    {{"compare"}, {"laboratory.md"}, "## brood compare"},
    {{"simulate"}, {"laboratory.md"}, "## brood simulate"},
    {{"simulate", "balance"}, {"laboratory.md"}, "## brood simulate balance"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(each_option_is_in_one_place_with_its_default) {
  for (const Page& page : pages) BOOST_TEST_CONTEXT(page.command.back()) {
      const Defaults options = options_of(page.command);
      BOOST_TEST(options.size() > 4U);
      std::map<std::string, std::vector<std::string>> found;
      for (const std::string& document : page.documents)
        for (const DocumentRow& row : rows_of(document, page.heading)) {
          found[row.option].push_back(row.document);
          const auto option = options.find(row.option);
          BOOST_TEST((option != options.end()), row.document << " has --" << row.option);
          if (option != options.end())
            BOOST_TEST(row.preset == option->second, row.document << ": --" << row.option);
        }
      for (const auto& [option, preset] : options)
        BOOST_TEST(found[option].size() == 1U, "--" << option << " is in so many places");
    }
}

BOOST_AUTO_TEST_SUITE_END()
