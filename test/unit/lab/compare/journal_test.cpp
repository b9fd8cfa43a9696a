#include "lab/compare/journal.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

namespace {

Record full_record() {
  Record record{.workload = "kept", .contender = "thread-pool", .level = 200, .round = 3};
  Measurement& measured = record.measurement;
  for (const std::uint64_t ns : {900'000U, 1'000'001U, 77U}) measured.load.latency.record(ns);
  measured.load.failures = {1, 2, 3, 4, 5, 6};
  measured.load.unfinished = 7;
  measured.load.body_bytes = 1ULL << 40;
  measured.load.elapsed = 2s;
  measured.load.all_served_after = 30ms;
  measured.load.idle_held = 99;
  measured.load.slow_answers = 5;
  measured.cpu = 1234567ns;
  measured.switches = 4321;
  measured.memory = 5 << 20;
  measured.processes = 17;
  measured.threads = 18;
  measured.first_service = 41ms;
  measured.sizes = {{0, 1}, {50, 3}};
  measured.trouble = "stopped: memory\nran out";
  return record;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  Record bare{.workload = "idle", .contender = "evented", .level = 0, .round = 0};
  const auto journal = parse_journal(journal_head("quick seed=1", {}) +
                                     journal_line(full_record()) + journal_line(bare));
  BOOST_REQUIRE(journal.has_value());
  BOOST_TEST(journal->description == "quick seed=1");
  BOOST_TEST(journal->words.empty());
  BOOST_REQUIRE(journal->records.size() == 2U);
  const Record& first = journal->records[0];
  const Measurement& measured = first.measurement;
  BOOST_TEST(first.contender == "thread-pool");
  BOOST_TEST(measured.load.answers() == 3U);
  BOOST_TEST(measured.load.latency.max() == 1'000'001U);
  BOOST_TEST(measured.load.failed() == 21U);
  BOOST_TEST((measured.load.all_served_after == std::optional<Duration>(30ms)));
  BOOST_TEST((measured.sizes == full_record().measurement.sizes));
  BOOST_TEST(measured.trouble == "stopped: memory\\x0aran out");
  // All the rest, by the line that it makes again.
  Record again = first;
  again.measurement.trouble = full_record().measurement.trouble;
  BOOST_TEST(journal_line(again) == journal_line(full_record()));
  BOOST_TEST(!journal->records[1].measurement.switches.has_value());
  BOOST_TEST(!journal->records[1].measurement.first_service.has_value());
}

BOOST_AUTO_TEST_CASE(half_a_line_at_the_end_is_dropped_wherever_it_was_torn) {
  const std::string whole = journal_head("x", {}) + journal_line(full_record());
  const std::string line = journal_line(full_record());
  for (std::size_t size = 0; size < line.size(); ++size) {
    const auto journal = parse_journal(whole + line.substr(0, size));
    BOOST_REQUIRE(journal.has_value());
    BOOST_REQUIRE(journal->records.size() == 1U);
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_read_ends_it) {
  std::string broken = journal_line(full_record());
  broken.replace(broken.find(" 200 "), 5, " two ");
  const auto journal = parse_journal(journal_head("x", {}) + journal_line(full_record()) + broken +
                                     journal_line(full_record()));
  BOOST_REQUIRE(journal.has_value());
  BOOST_TEST(journal->records.size() == 1U);
}

BOOST_AUTO_TEST_CASE(another_file_is_no_journal) {
  for (const char* const text : {"", "\n", "hello\n", "brood-compare-1 never ended"})
    BOOST_TEST(!parse_journal(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(a_journal_remembers_the_options_that_asked_for_it) {
  const std::vector<std::string> words{"--quick", "--models", "prefork,evented"};
  const auto journal = parse_journal(journal_head("quick seed=1", words));
  BOOST_TEST_REQUIRE(journal.has_value());
  BOOST_TEST(journal->description == "quick seed=1");
  BOOST_TEST(journal->words == words);
}

BOOST_AUTO_TEST_SUITE_END()
