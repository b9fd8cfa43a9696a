#include "lab/compare/summary.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "lab/compare/advice.hpp"
#include "lab/compare/claims.hpp"
#include "lab/compare/data_report.hpp"
#include "lab/compare/html_report.hpp"
#include "lab/compare/table_report.hpp"

using namespace brood;
using namespace std::chrono_literals;

namespace {

/// So many answers of a millisecond in a second.
Record record(std::string workload, std::string contender, std::uint64_t answers,
              std::uint32_t level = 0, std::uint32_t round = 0) {
  Record made{.workload = std::move(workload),
              .contender = std::move(contender),
              .level = level,
              .round = round};
  made.measurement.load.latency.record(1'000'000, answers);
  made.measurement.load.elapsed = 1s;
  made.measurement.cpu = Duration{static_cast<std::int64_t>(answers) * 50'000};
  return made;
}

Record with_memory(Record made, std::uint64_t mib) {
  made.measurement.memory = mib << 20;
  return made;
}

Record with_cpu(Record made, std::int64_t us_each) {
  made.measurement.cpu =
      Duration{static_cast<std::int64_t>(made.measurement.load.answers()) * us_each * 1000};
  return made;
}

ClaimVerdict verdict_of(std::span<const Record> records, std::string_view text) {
  for (const Claim& claim : judge_claims(entries_of(records)))
    if (claim.text == text) return claim.verdict;
  BOOST_FAIL("no such claim");
  return ClaimVerdict::not_measured;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compare_summary)

BOOST_AUTO_TEST_CASE(advice_names_the_best_its_equals_and_the_last) {
  const std::vector<Record> records{record("kept", "thread", 500),
                                    record("kept", "evented", 1000),
                                    record("kept", "prefork-epoll", 950),
                                    record("kept", "process", 100),
                                    record("offered", "evented", 900, 1),
                                    record("offered", "thread", 100, 1),
                                    record("offered", "evented", 50, 2),
                                    record("offered", "thread", 700, 2),
                                    record("cpu", "alone", 5)};
  const auto advice = advice_of(entries_of(records));
  BOOST_TEST_REQUIRE(advice.size() == 2U);  // Who is alone is compared with nobody.
  BOOST_TEST(advice[0] ==
             "kept (a small answer, connections are kept): evented, 1000 requests/s; no worse: "
             "prefork-epoll; last: process, 100 requests/s.");
  BOOST_TEST(advice[1].starts_with("offered, 2 requests/s"), advice[1]);
  BOOST_TEST(advice[1].find("): thread, 700 requests/s; last: evented, 50") != std::string::npos,
             advice[1]);
  BOOST_TEST(advice_text({}) == "");
}

BOOST_AUTO_TEST_CASE(less_memory_is_better_of_those_that_hold_all) {
  std::vector<Record> records;
  for (const auto& [name, mib, held] :
       {std::tuple{"evented", 5U, 100U}, {"thread", 20U, 100U}, {"prefork", 1U, 16U}}) {
    records.push_back(with_memory(record("idle", name, 10, 100), mib));
    records.back().measurement.load.idle_held = held;
  }
  const auto advice = advice_of(entries_of(records));
  BOOST_TEST_REQUIRE(advice.size() == 1U);
  BOOST_TEST(advice[0].find("): evented, 5.0 MiB; last: thread, 20.0 MiB.") != std::string::npos,
             advice[0]);
}

BOOST_AUTO_TEST_CASE(a_median_has_its_spread) {
  const auto odd = spread_of({3, 1, 2});
  BOOST_TEST(odd->median == 2);
  BOOST_TEST(odd->least == 1);
  BOOST_TEST(odd->greatest == 3);
  BOOST_TEST(spread_of({4, 1, 2, 3})->median == 2.5);
  BOOST_TEST(!spread_of({}).has_value());
}

BOOST_AUTO_TEST_CASE(a_difference_within_the_spread_is_a_tie) {
  const struct {
    const char* name;
    Spread a, b;
    bool tie;
  } rows[] = {
      {"apart", {100, 95, 105, 3}, {120, 110, 130, 3}, false},
      {"overlapping", {100, 95, 112, 3}, {120, 110, 130, 3}, true},
      {"touching", {100, 95, 110, 3}, {120, 110, 130, 3}, true},
      {"one round each, a tenth apart", {100, 100, 100, 1}, {110, 110, 110, 1}, true},
      {"one round each, a half apart", {100, 100, 100, 1}, {150, 150, 150, 1}, false},
  };
  for (const auto& row : rows) {
    BOOST_TEST(is_tie(row.a, row.b) == row.tie, row.name);
    BOOST_TEST(is_tie(row.b, row.a) == row.tie, row.name);
  }
}

BOOST_AUTO_TEST_CASE(the_best_those_that_tie_and_those_behind_are_told) {
  const std::vector<Record> records{
      record("kept", "a", 1000, 0, 0), record("kept", "b", 900, 0, 0),
      record("kept", "c", 400, 0, 0),  record("kept", "a", 1100, 0, 1),
      record("kept", "b", 1010, 0, 1), record("kept", "c", 420, 0, 1)};
  const auto entries = entries_of(records);
  BOOST_REQUIRE(entries.size() == 3U);
  BOOST_TEST(entries[0].rounds.size() == 2U);
  BOOST_TEST(standing(entries[0], entries) == "best");
  BOOST_TEST(standing(entries[1], entries) == "tie");
  BOOST_TEST(standing(entries[2], entries) == "-61%");
}

BOOST_AUTO_TEST_CASE(entries_of_one_workload_and_level_stand_together) {
  const std::vector<Record> records{record("idle", "a", 1, 100), record("idle", "a", 1, 500),
                                    record("idle", "b", 1, 100), record("kept", "a", 1),
                                    record("idle", "b", 1, 500)};
  std::string order;
  for (const Entry& entry : entries_of(records))
    order += std::string(entry.contender) + std::to_string(entry.level) + ' ';
  BOOST_TEST(order == "a100 b100 a500 b500 a0 ");
  const auto entries = entries_of(records);
  BOOST_TEST(group_size(entries) == 2U);
  BOOST_TEST(group_size(std::span(entries).last(1)) == 1U);
}

BOOST_AUTO_TEST_CASE(a_figure_that_nobody_has_is_left_out_but_never_the_failures) {
  std::vector<Record> records{record("idle", "a", 10, 100), record("idle", "b", 10, 100)};
  const auto tells = [&](std::string_view name) {
    const auto telling = telling_figures(entries_of(records));
    return std::ranges::any_of(telling, [&](const Figure* one) { return one->name == name; });
  };
  BOOST_TEST(tells("throughput"));
  BOOST_TEST(tells("failed"));
  BOOST_TEST(!tells("idle_held"));
  records.back().measurement.load.idle_held = 5;
  BOOST_TEST(tells("idle_held"));
}

BOOST_AUTO_TEST_CASE(what_was_not_measured_is_not_judged) {
  for (const Claim& claim : judge_claims({}))
    BOOST_TEST((claim.verdict == ClaimVerdict::not_measured), claim.text);
}

BOOST_AUTO_TEST_CASE(claims_are_judged_by_the_figures) {
  const std::string_view fork = "forking is not a cheap operation";
  const auto close = [](std::int64_t process_us) {
    return std::vector<Record>{with_cpu(record("close", "process", 100), process_us),
                               with_cpu(record("close", "prefork", 100), 50)};
  };
  BOOST_TEST((verdict_of(close(200), fork) == ClaimVerdict::confirmed));
  BOOST_TEST((verdict_of(close(60), fork) == ClaimVerdict::depends));
  BOOST_TEST((verdict_of(close(50), fork) == ClaimVerdict::refuted));

  const std::string_view copy = "each fork takes up to 100 % of the parent's memory";
  const auto ballast = [](std::uint64_t mib) {
    return std::vector<Record>{with_memory(record("ballast", "prefork", 1, 2), 70),
                               with_memory(record("ballast", "prefork", 1, 10), mib)};
  };
  BOOST_TEST((verdict_of(ballast(72), copy) == ClaimVerdict::refuted));
  BOOST_TEST((verdict_of(ballast(70 + 8 * 65), copy) == ClaimVerdict::confirmed));
  BOOST_TEST((verdict_of(ballast(70 + 8 * 30), copy) == ClaimVerdict::depends));
}

BOOST_AUTO_TEST_CASE(reports_tell_of_every_server_and_every_failure) {
  std::vector<Record> records{record("kept", "prefork", 1000), record("kept", "evented", 10)};
  records[1].measurement.load.failures[3] = 7;
  records[1].measurement.trouble = "a \"quoted\" trouble";
  const auto entries = entries_of(records);
  const auto claims = judge_claims(entries);
  const std::string csv = measurements_csv(records);
  BOOST_TEST(std::ranges::count(csv, '\n') == 3);
  const std::string html = html_report("run", "machine", entries, claims);
  const std::string json = results_json("run", "machine", entries, claims);
  const std::string table = tables_text(entries);
  for (const std::string& text : {csv, html, json, table}) {
    BOOST_TEST(text.find("prefork") != std::string::npos);
    BOOST_TEST(text.find("evented") != std::string::npos);
    BOOST_TEST(text.find("trouble") != std::string::npos);
  }
  records[1].measurement.trouble.clear();
  BOOST_TEST(failures_text(entries_of(records)[1]) == "timed-out 7");
}

BOOST_AUTO_TEST_SUITE_END()
