#include "report/histogram.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "base/random.hpp"

using namespace brood;

namespace {

/// How far off a value may come out: half a bucket of the coarser kind, and far below 1 %.
double error_of(std::uint64_t shown, std::uint64_t exact) {
  return std::abs(static_cast<double>(shown) - static_cast<double>(exact)) /
         static_cast<double>(exact);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(histogram)

BOOST_AUTO_TEST_CASE(an_empty_one_has_nothing_to_tell) {
  const Histogram none;
  BOOST_TEST(none.count() == 0U);
  BOOST_TEST(none.min() == 0U);
  BOOST_TEST(none.max() == 0U);
  BOOST_TEST(none.mean() == 0.0);
  BOOST_TEST(none.percentile(50) == 0U);
  BOOST_TEST(none.buckets().empty());
}

BOOST_AUTO_TEST_CASE(small_values_and_ends_are_exact) {
  Histogram values;
  for (std::uint64_t value = 1; value <= 100; ++value) values.record(value);
  values.record(123'456'789);
  BOOST_TEST(values.min() == 1U);
  BOOST_TEST(values.max() == 123'456'789U);
  BOOST_TEST(values.percentile(0) == 1U);
  BOOST_TEST(values.percentile(50) == 51U);
  BOOST_TEST(values.percentile(100) == 123'456'789U);
  BOOST_TEST(values.mean() == (5050 + 123'456'789.0) / 101);
}

BOOST_AUTO_TEST_CASE(each_value_comes_out_within_one_percent) {
  for (std::uint64_t value = 1; value < (std::uint64_t{1} << 62); value += value / 37 + 1) {
    Histogram values;
    values.record(1);
    values.record(value);
    values.record(~std::uint64_t{0});
    BOOST_TEST(error_of(values.percentile(66), value) <= 0.01, value);
  }
}

BOOST_AUTO_TEST_CASE(percentiles_agree_with_a_sorted_list) {
  SplitMix random{7};
  std::vector<std::uint64_t> list;
  Histogram values;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::uint64_t>(random.exponential(3e6)) + 1;
    list.push_back(value);
    values.record(value);
  }
  std::ranges::sort(list);
  for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 20'000 - 1e-6));
    BOOST_TEST(error_of(values.percentile(percent), list[rank - 1]) <= 0.01, percent);
  }
}

BOOST_AUTO_TEST_CASE(merged_is_as_if_recorded_in_one) {
  Histogram odd, even, all;
  for (std::uint64_t value = 1; value < 3000; ++value) {
    (value % 2 == 0 ? even : odd).record(value * value);
    all.record(value * value);
  }
  odd.merge(even);
  odd.merge(Histogram{});
  BOOST_TEST(odd.count() == all.count());
  BOOST_TEST(odd.min() == all.min());
  BOOST_TEST(odd.max() == all.max());
  BOOST_TEST((odd.buckets() == all.buckets()));
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_whatever_comes) {
  Histogram values;
  for (int bit = 0; bit < 64; ++bit)
    for (std::uint64_t low = 0; low < 300; ++low) values.record((std::uint64_t{1} << bit) + low);
  values.record(~std::uint64_t{0});
  BOOST_TEST(values.buckets().back().first < 4096U);
}

BOOST_AUTO_TEST_CASE(its_parts_make_the_same_one_again) {
  Histogram values;
  for (const std::uint64_t value : {5U, 5U, 130U, 70'001U, 1'000'003U}) values.record(value);
  Histogram again;
  BOOST_TEST(again.restore(values.buckets(), values.min(), values.max(), values.sum()));
  BOOST_TEST((again.buckets() == values.buckets()));
  BOOST_TEST(again.mean() == values.mean());
  BOOST_TEST(again.percentile(99) == values.percentile(99));
}

BOOST_AUTO_TEST_CASE(parts_that_do_not_belong_together_are_refused) {
  const struct {
    const char* name;
    std::vector<Histogram::Bucket> buckets;
    std::uint64_t min, max;
  } rows[] = {
      {"a bucket that there is not", {{4000, 1}}, 1, 1},
      {"an empty bucket", {{5, 0}}, 5, 5},
      {"not ascending", {{6, 1}, {5, 1}}, 6, 5},
      {"twice the same", {{5, 1}, {5, 1}}, 5, 5},
      {"a least that lies elsewhere", {{5, 1}, {9, 1}}, 6, 9},
      {"a greatest that lies elsewhere", {{5, 1}, {9, 1}}, 5, 10},
  };
  for (const auto& row : rows) {
    Histogram values;
    values.record(3);
    BOOST_TEST(!values.restore(row.buckets, row.min, row.max, 1), row.name);
    BOOST_TEST(values.count() == 1U, row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
