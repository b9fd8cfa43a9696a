#include "lab/sim/run_record.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(run_record)

namespace {

PoolModel course_model(Policy policy) {
  PoolModel model;
  model.limits.policy = policy;
  return model;
}

std::vector<Arrival> bursts_of_100(Duration period) {
  return make_trace(
      {.shape = TraceShape::burst, .rate = 100, .period = period, .duration = 20s, .service = 1s},
      1);
}

std::vector<std::uint64_t> spawned_by_row(const RunRecord& record, std::size_t rows) {
  std::vector<std::uint64_t> spawned;
  for (std::size_t i = 0; i < rows; ++i) spawned.push_back(record.rows[i].spawned);
  return spawned;
}

}  // namespace

BOOST_AUTO_TEST_CASE(exponential_answers_a_burst_with_the_ladder) {
  const auto burst = bursts_of_100(1s);
  const RunRecord record =
      record_run(course_model(Policy::exponential), burst, 1, 20s, regulate_interval);
  const std::vector<std::uint64_t> want{1, 2, 4, 8, 16, 32, 32};
  BOOST_TEST(spawned_by_row(record, 7) == want, boost::test_tools::per_element());
  BOOST_TEST((record.rows[0].reason == Reason::below_min));
}

BOOST_AUTO_TEST_CASE(exponential_climbs_only_while_the_burst_lasts) {
  const auto burst = bursts_of_100(30s);
  const RunRecord record =
      record_run(course_model(Policy::exponential), burst, 1, 20s, regulate_interval);
  const std::vector<std::uint64_t> want{1, 2, 4, 8, 16, 32, 0};
  BOOST_TEST(spawned_by_row(record, 7) == want, boost::test_tools::per_element());
  BOOST_TEST(record.summary.wait_max.count() > Duration{5s}.count());
}

BOOST_AUTO_TEST_CASE(demand_has_served_the_burst_in_the_second_second) {
  const auto burst = bursts_of_100(30s);
  const RunRecord record =
      record_run(course_model(Policy::demand), burst, 1, 2s, regulate_interval);
  BOOST_TEST(record.summary.served == 100U);
  BOOST_TEST(record.summary.total_max == 105U);
  BOOST_TEST(record.summary.over_spawn() == 5U);
  BOOST_TEST((record.rows[0].reason == Reason::running_dry));
  BOOST_TEST(record.rows[0].spawned == 100U);
}

BOOST_AUTO_TEST_CASE(a_row_holds_what_the_tick_saw_and_all_that_happened_since_the_last) {
  const std::vector<Arrival> arrivals{{100ms, 10s}, {1500ms, 10s}, {1600ms, 10s}};
  const RunRecord record =
      record_run(course_model(Policy::exponential), arrivals, 1, 4s, 2 * regulate_interval);
  BOOST_REQUIRE(record.rows.size() == 2U);
  BOOST_TEST(record.rows[0].at.ns == Duration{2s}.count());
  BOOST_TEST(record.rows[0].arrivals == 3U);
  BOOST_TEST(record.rows[0].spawned == 3U);  // 1 at 1 s and 2 at 2 s.
  BOOST_TEST(record.rows[0].counts.busy == 3U);
  BOOST_TEST(record.rows[0].counts.total() == 6U);
  BOOST_TEST(record.rows[1].arrivals == 0U);
  BOOST_TEST(record.rows[1].counts.total() == 8U);
  BOOST_TEST(record.rows[1].spawned == 0U);
}

BOOST_AUTO_TEST_CASE(full_service_begins_with_the_first_second_in_which_nobody_waits) {
  PoolModel model = course_model(Policy::exponential);
  model.limits = {.start_workers = 1, .min_spare = 1, .max_spare = 1, .max_workers = 1};
  const struct {
    const char* name;
    std::vector<Arrival> arrivals;
    bool anybody_waited;
    std::optional<Duration> want;
  } rows[] = {
      {"nobody ever waits", {{1s, 500ms}, {2s, 500ms}}, false, std::nullopt},
      {"once", {{1s, 1s}, {1500ms, 1s}}, true, 500ms},
      {"a calm of less than a second does not count",
       {{1s, 1s}, {1500ms, 1s}, {2900ms, 500ms}, {8s, 1s}},
       true,
       1500ms},
      {"only the first calm counts", {{1s, 1s}, {1500ms, 1s}, {5s, 1s}, {5500ms, 1s}}, true, 500ms},
      {"the run ends too early", {{8s, 1s}, {8500ms, 1s}}, true, 500ms},
      {"the run ends within the second", {{8s, 1400ms}, {8500ms, 1s}}, true, std::nullopt},
      {"they wait to the end", {{8s, 10s}, {8500ms, 1s}}, true, std::nullopt},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const RunSummary summary = record_run(model, row.arrivals, 1, 10s, regulate_interval).summary;
    BOOST_TEST(summary.anybody_waited == row.anybody_waited);
    BOOST_TEST((summary.full_service == row.want));
  }
}

BOOST_AUTO_TEST_CASE(worker_seconds_add_up_the_lives_of_all_workers) {
  PoolModel model = course_model(Policy::exponential);
  model.limits = {.start_workers = 3, .min_spare = 3, .max_spare = 3, .max_workers = 3};
  const RunRecord record = record_run(model, {}, 1, 7s, regulate_interval);
  BOOST_TEST(record.summary.worker_time.count() == Duration{21s}.count());
}

BOOST_AUTO_TEST_CASE(samples_are_evenly_spaced_and_reach_the_end) {
  const auto burst = bursts_of_100(1s);
  const RunRecord record =
      record_run(course_model(Policy::demand), burst, 1, 20s, regulate_interval);
  BOOST_TEST(record.samples.size() == 801U);
  BOOST_TEST(record.samples[1].at.ns == Duration{25ms}.count());
  BOOST_TEST(record.samples.back().at.ns == Duration{20s}.count());
  // Each shows the counts after all that happened in its instant: the burst of the first second.
  BOOST_TEST(record.samples[0].counts.waiting == 95U);
}

BOOST_AUTO_TEST_CASE(the_peak_of_needed_workers_is_that_of_a_pool_without_waiting) {
  const struct {
    const char* name;
    std::vector<Arrival> arrivals;
    std::uint32_t want;
  } rows[] = {
      {"none", {}, 0},
      {"one after the other", {{0s, 1s}, {1s, 1s}, {2s, 1s}}, 1},
      {"two at once", {{0s, 1s}, {999ms, 1s}, {2s, 1s}}, 2},
      {"a long one below many short ones", {{0s, 9s}, {1s, 1s}, {2s, 1s}, {3s, 1s}}, 2},
      {"all at once", {{1s, 1s}, {1s, 2s}, {1s, 3s}}, 3},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(peak_concurrency(row.arrivals) == row.want);
  }
}

BOOST_AUTO_TEST_CASE(percentiles_are_values_of_the_nearest_rank) {
  std::vector<Duration> values;
  BOOST_TEST(percentile(values, 50).count() == 0);
  for (int i = 1; i <= 10; ++i) values.push_back(Duration{i});
  const struct {
    unsigned percent;
    int want;
  } rows[] = {{0, 1}, {1, 1}, {10, 1}, {11, 2}, {50, 5}, {90, 9}, {91, 10}, {99, 10}, {100, 10}};
  for (const auto& row : rows) BOOST_TEST(percentile(values, row.percent).count() == row.want);
}

BOOST_AUTO_TEST_SUITE_END()
