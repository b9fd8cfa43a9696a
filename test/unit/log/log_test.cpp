#include "log/log.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(server_log)

namespace {

using namespace brood;

std::unique_ptr<Log> opened(const LogSettings& settings) {
  auto log = Log::open(settings);
  BOOST_TEST_REQUIRE(log.has_value());
  return std::move(*log);
}

LogEvent event(Level level, std::string_view name) {
  return {.level = level, .mark = Mark::plain, .name = name, .fields = {}};
}

std::vector<std::string> lines_in(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void write_every_level(Log& log) {
  for (const Level level : {Level::debug, Level::info, Level::warn, Level::error})
    log.write(event(level, "e").with("reason", "two words"));
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_format_writes_a_line_an_event) {
  const test::TemporaryFolder folder;
  const auto text = opened({.path = folder / "text"});
  text->write(event(Level::info, "e").with("reason", "two words"));
  BOOST_TEST_REQUIRE(lines_in(folder / "text").size() == 1U);
  BOOST_TEST(lines_in(folder / "text")[0].starts_with("-- 2"));
  BOOST_TEST(lines_in(folder / "text")[0].ends_with("Z info e reason=\"two words\""));
}

BOOST_AUTO_TEST_CASE(a_dump_is_written_whatever_the_level) {
  const test::TemporaryFolder folder;
  const auto log = opened({.least = Level::error, .path = folder / "text"});
  log->write(event(Level::info, "e"));
  log->write({.level = Level::info, .mark = Mark::dump, .name = "dump", .fields = {}});
  BOOST_TEST(lines_in(folder / "text").size() == 1U);
}

BOOST_AUTO_TEST_CASE(json_writes_an_object_an_event) {
  const test::TemporaryFolder folder;
  const auto log = opened({.json = true, .path = folder / "json"});
  log->write(event(Level::info, "e").with("reason", "two words"));
  BOOST_TEST_REQUIRE(lines_in(folder / "json").size() == 1U);
  BOOST_TEST(lines_in(folder / "json")[0].starts_with("{\"ts\":\"2"));
  BOOST_TEST(lines_in(folder / "json")[0].ends_with(
      "Z\",\"level\":\"info\",\"event\":\"e\",\"reason\":\"two words\"}"));
}

BOOST_AUTO_TEST_CASE(what_is_below_the_least_level_is_not_written) {
  const Level levels[] = {Level::debug, Level::info, Level::warn, Level::error};
  for (std::size_t at = 0; at < 4; ++at) {
    const test::TemporaryFolder folder;
    const auto log = opened({.least = levels[at], .path = folder / "log"});
    write_every_level(*log);
    BOOST_TEST(lines_in(folder / "log").size() == 4 - at);
  }
}

BOOST_AUTO_TEST_CASE(a_file_is_appended_to) {
  const test::TemporaryFolder folder;
  for (int run = 0; run < 2; ++run) write_every_level(*opened({.path = folder / "log"}));
  BOOST_TEST(lines_in(folder / "log").size() == 6U);
}

BOOST_AUTO_TEST_CASE(after_a_rotation_reopening_goes_to_the_path_again) {
  const test::TemporaryFolder folder;
  const auto log = opened({.path = folder / "log"});
  log->write(event(Level::info, "before"));
  std::filesystem::rename(folder / "log", folder / "log.1");
  log->write(event(Level::info, "between"));
  BOOST_TEST(log->reopen().has_value());
  log->write(event(Level::info, "after"));
  BOOST_TEST(lines_in(folder / "log.1").size() == 2U);
  BOOST_TEST_REQUIRE(lines_in(folder / "log").size() == 1U);
  BOOST_TEST(lines_in(folder / "log")[0].ends_with(" after"));
}

BOOST_AUTO_TEST_CASE(a_reopening_that_fails_keeps_the_old_file_in_use) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "d");
  const auto log = opened({.path = folder / "d/log"});
  std::filesystem::rename(folder / "d", folder / "moved");
  const Result<void> reopened = log->reopen();
  BOOST_TEST_REQUIRE(!reopened.has_value());
  BOOST_TEST(reopened.error().code.value() == ENOENT);
  log->write(event(Level::info, "still"));
  BOOST_TEST(lines_in(folder / "moved/log").size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_path_that_cannot_be_opened_is_a_failure_that_says_why) {
  const test::TemporaryFolder folder;
  const auto log = Log::open({.path = folder / "missing/log"});
  BOOST_TEST_REQUIRE(!log.has_value());
  BOOST_TEST(log.error().code.value() == ENOENT);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_gone_gets_nothing_of_the_next) {
  const test::TemporaryFolder folder;
  opened({.path = folder / "first"});
  const auto second = opened({.path = folder / "second"});
  second->write(event(Level::info, "e"));
  BOOST_TEST(lines_in(folder / "first").empty());
  BOOST_TEST(lines_in(folder / "second").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
