#include "report/terminal.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "report/sentences.hpp"

BOOST_AUTO_TEST_SUITE(terminal)

namespace {

using namespace brood;

LogEvent event(std::string_view name, Mark mark = Mark::plain, Level level = Level::info) {
  return {.level = level, .mark = mark, .name = name, .fields = {}};
}

std::string shown(const LogEvent& what, const TerminalLook& look = {}) {
  return format_terminal(what, "12:03:14", look);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines{""};
  for (const char byte : text)
    if (byte == '\n')
      lines.emplace_back();
    else
      lines.back() += byte;
  return lines;
}

LogEvent picture() {
  LogEvent what = event("picture", Mark::picture);
  what.with("connections", std::uint64_t{2}).with("idle", std::uint64_t{3});
  what.with("busy", std::uint64_t{2}).with("starting", std::uint64_t{0});
  return what;
}

LogEvent slot(std::uint64_t number, std::uint64_t pid, const char* state) {
  LogEvent what = event("dump_slot", Mark::dump);
  what.with("slot", number)
      .with("pid", pid)
      .with("generation", std::uint64_t{1})
      .with("state", state)
      .with("age_ms", std::uint64_t{2619});
  what.with("connections", number * 1000).with("open", std::uint64_t{0});
  what.with("slot_connections", number * 1000).with("errors", std::uint64_t{0});
  return what;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_event_reads_as_a_sentence_behind_time_and_mark) {
  BOOST_TEST(shown(picture()) == "12:03:14 @@ 3 idle, 2 busy (2 accepted)");
}

BOOST_AUTO_TEST_CASE(what_has_nothing_to_say_is_left_out) {
  LogEvent what = event("picture", Mark::picture);
  what.with("connections", std::uint64_t{0}).with("idle", std::uint64_t{5});
  what.with("busy", std::uint64_t{0}).with("starting", std::uint64_t{1});
  BOOST_TEST(shown(what) == "12:03:14 @@ 5 idle, 0 busy, 1 starting");
}

BOOST_AUTO_TEST_CASE(an_event_without_a_sentence_shows_its_fields) {
  LogEvent what = event("news");
  what.with("took_us", std::uint64_t{2'500}).with("reason", "a\x1b[2J");
  BOOST_TEST(shown(what) == "12:03:14 -- news took_us=2.5 ms reason=a\\x1b[2J");
}

BOOST_AUTO_TEST_CASE(times_have_a_unit_that_a_person_would_choose) {
  const struct {
    std::uint64_t us;
    const char* want;
  } rows[] = {{0, "0 us"},
              {850, "850 us"},
              {1'000, "1.0 ms"},
              {12'300, "12 ms"},
              {2'619'000, "2.6 s"},
              {59'000'000, "59 s"},
              {90'000'000, "1.5 min"},
              {7'200'000'000, "2.0 h"},
              {864'000'000'000, "10 d"}};
  for (const auto& row : rows) {
    LogEvent what = event("news");
    what.with("took_us", row.us);
    BOOST_TEST(shown(what) == std::string("12:03:14 -- news took_us=") + row.want);
  }
}

BOOST_AUTO_TEST_CASE(the_rows_of_a_dump_stand_as_a_table_in_80_columns) {
  LogEvent head = event("dump", Mark::dump);
  head.with("workers", std::uint64_t{2})
      .with("idle", std::uint64_t{1})
      .with("busy", std::uint64_t{1});
  std::vector<std::string> lines = lines_of(shown(head));
  BOOST_TEST_REQUIRE(lines.size() == 2U);
  BOOST_TEST(lines[0] == "~~ The pool: 1 idle, 1 busy");
  for (const LogEvent& row : {slot(0, 23310, "IDLE"), slot(101, 4'194'303, "BUSY")}) {
    lines.push_back(shown(row));
    BOOST_TEST(lines.back().size() == lines[1].size(), lines.back());
  }
  BOOST_TEST(lines[1].size() <= 80U);
  for (const char* title : {"pid  ", "age  ", "connections  ", "errors  "}) {
    const std::size_t end = lines[1].find(title) + std::string_view(title).size() - 3;
    for (const std::string& line : lines)
      BOOST_TEST((&line == &lines[0] || line[end] != ' '), line);
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_up_has_its_reason_beneath) {
  const auto row = [](const char* state) {
    LogEvent what = event("dump_server", Mark::dump);
    what.with("server", "127.0.0.1:18081").with("state", state).with("reason", "refused");
    what.with("since_ms", std::uint64_t{90'000}).with("in_flight", std::uint64_t{0});
    what.with("given", std::uint64_t{123'456}).with("share", "50.0%");
    return lines_of(shown(what.with("latency_us", std::uint64_t{1'500})));
  };
  LogEvent head = event("dump", Mark::dump);
  head.with("servers", std::uint64_t{2}).with("strategy", "least-time");
  const std::vector<std::string> titles = lines_of(shown(head));
  BOOST_TEST_REQUIRE(titles.size() == 2U);
  BOOST_TEST_REQUIRE(row("up").size() == 1U);
  BOOST_TEST(row("up")[0].size() == titles[1].size(), row("up")[0]);
  BOOST_TEST(titles[1].size() <= 80U);
  BOOST_TEST_REQUIRE(row("down").size() == 2U);
  BOOST_TEST(row("down")[1] == "~~     refused");
}

BOOST_AUTO_TEST_CASE(long_sentences_are_folded_at_blanks_beneath_their_beginning) {
  LogEvent what = event("regulate", Mark::act);
  what.with("action", "spawn").with("count", std::uint64_t{1}).with("reason", "below_min");
  what.with("why", "idle 2 below min-spare 5, next ladder step 2").with("outcome", "1 spawned");
  for (const std::size_t columns : {40U, 60U, 80U, 200U}) {
    std::string joined;
    for (const std::string& line : lines_of(shown(what, {.columns = columns}))) {
      BOOST_TEST(line.size() <= columns, line);
      joined += joined.empty() ? line : line.substr(11);
    }
    BOOST_TEST(joined ==
               "12:03:14 ## the regulator asks to spawn 1 (below_min): idle 2 below min-spare 5, "
               "next ladder step 2; "
               "1 spawned");
  }
}

BOOST_AUTO_TEST_CASE(a_word_wider_than_the_terminal_stays_whole) {
  LogEvent what = event("worker_note", Mark::plain, Level::warn);
  const std::string word(100, 'x');
  what.with("pid", std::uint64_t{7}).with("text", word + " y");
  BOOST_TEST(lines_of(shown(what)).at(1) == std::string(12, ' ') + word);
}

BOOST_AUTO_TEST_CASE(colours_say_how_bad_it_is_and_end_with_the_line) {
  const TerminalLook look{.is_coloured = true};
  LogEvent what = event("worker_note", Mark::plain, Level::warn);
  what.with("pid", std::uint64_t{7}).with("text", "boo");
  BOOST_TEST(shown(what, look) == "\x1b[2m12:03:14 -- \x1b[0m\x1b[33mworker 7: boo\x1b[0m");
  what.level = Level::error;
  BOOST_TEST(shown(what, look).find("\x1b[31m") != std::string::npos);
  BOOST_TEST(shown(picture()).find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_others_tell_is_not_shown) {
  LogEvent what = event("probe_budget");
  what.with_signed("interval_ms", 3000);
  BOOST_TEST(shown(what).empty());
}

BOOST_AUTO_TEST_SUITE_END()
