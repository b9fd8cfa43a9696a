#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "lab/load/arrivals.hpp"
#include "lab/load/think_time.hpp"

using namespace brood;
using namespace std::chrono_literals;

namespace {

std::vector<double> gaps_ms(double rate, std::uint64_t seed, int count) {
  Arrivals arrivals(rate, seed);
  std::vector<double> gaps;
  Duration before{0};
  for (int n = 0; n < count; ++n, arrivals.advance()) {
    gaps.push_back(std::chrono::duration<double, std::milli>(arrivals.next() - before).count());
    before = arrivals.next();
  }
  return gaps;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(load_schedule)

BOOST_AUTO_TEST_CASE(arrivals_come_at_their_rate_with_exponential_gaps) {
  const auto gaps = gaps_ms(1000, 3, 50'000);
  BOOST_TEST(std::abs(mean(gaps) - 1.0) < 0.03);
  // Of an exponential distribution 1/e of all gaps is longer than the mean.
  const auto longer = std::ranges::count_if(gaps, [](double gap) { return gap > 1.0; });
  BOOST_TEST(std::abs(static_cast<double>(longer) / 50'000 - std::exp(-1.0)) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_seed_gives_the_same_arrivals_and_another_seed_others) {
  BOOST_TEST((gaps_ms(50, 1, 100) == gaps_ms(50, 1, 100)));
  BOOST_TEST((gaps_ms(50, 1, 100) != gaps_ms(50, 2, 100)));
}

BOOST_AUTO_TEST_CASE(arrivals_are_a_schedule_that_never_goes_back) {
  Arrivals arrivals(1e6, 9);
  for (Duration before{0}; arrivals.next() < 10ms; arrivals.advance()) {
    BOOST_REQUIRE(arrivals.next() >= before);
    before = arrivals.next();
  }
}

BOOST_AUTO_TEST_CASE(each_shape_of_think_time_has_its_mean) {
  using Shape = ThinkTime::Shape;
  const struct {
    const char* name;
    ThinkTime think;
    double mean_ms;
    double tolerance;
  } rows[] = {
      {"nothing", {}, 0, 0},
      {"fixed", {.usual = 20ms}, 20, 0},
      {"exponential", {.shape = Shape::exponential, .usual = 20ms}, 20, 0.5},
      {"bimodal", {Shape::bimodal, 10ms, 100ms, 0.1}, 19, 1},
      {"bimodal, never rare", {Shape::bimodal, 10ms, 100ms, 0}, 10, 0},
      {"bimodal, always rare", {Shape::bimodal, 10ms, 100ms, 1}, 100, 0},
  };
  for (const auto& row : rows) {
    SplitMix random{5};
    std::vector<double> drawn;
    for (int n = 0; n < 20'000; ++n)
      drawn.push_back(std::chrono::duration<double, std::milli>(row.think.draw(random)).count());
    BOOST_TEST(std::abs(mean(drawn) - row.mean_ms) <= row.tolerance + 1e-6, row.name);
  }
}

BOOST_AUTO_TEST_CASE(bimodal_has_two_values_only) {
  const ThinkTime think{ThinkTime::Shape::bimodal, 10ms, 100ms, 0.5};
  SplitMix random{5};
  for (int n = 0; n < 1000; ++n) {
    const Duration drawn = think.draw(random);
    BOOST_REQUIRE((drawn == 10ms || drawn == 100ms));
  }
}

BOOST_AUTO_TEST_SUITE_END()
