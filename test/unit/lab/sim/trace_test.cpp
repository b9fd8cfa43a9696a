#include "lab/sim/trace.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(trace)

namespace {

std::size_t count_between(const std::vector<Arrival>& trace, Duration from, Duration to) {
  return static_cast<std::size_t>(std::ranges::count_if(
      trace, [&](const Arrival& arrival) { return arrival.at >= from && arrival.at < to; }));
}

constexpr TraceOptions of(TraceShape shape) {
  return {.shape = shape, .rate = 100, .period = 20s, .duration = 100s, .service = 1s};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_seed_gives_one_trace_and_another_seed_another) {
  for (const TraceShape shape : {TraceShape::steady, TraceShape::sine, TraceShape::on_off}) {
    const auto trace = make_trace(of(shape), 7);
    BOOST_TEST((trace == make_trace(of(shape), 7)));
    BOOST_TEST((trace != make_trace(of(shape), 8)));
    BOOST_TEST(std::ranges::is_sorted(trace, {}, &Arrival::at));
    BOOST_TEST((trace.back().at < 100s));
  }
}

BOOST_AUTO_TEST_CASE(the_mean_of_many_arrivals_is_the_one_that_was_asked_for) {
  for (const TraceShape shape : {TraceShape::steady, TraceShape::sine, TraceShape::on_off}) {
    const double expected = expected_arrivals(of(shape));
    BOOST_TEST(expected == (shape == TraceShape::steady ? 10000 : 5000));
    std::size_t count = 0;
    for (std::uint64_t seed = 0; seed < 10; ++seed) count += make_trace(of(shape), seed).size();
    // Ten runs of a Poisson process deviate by less than 5 sigma, here below 2.3 per cent.
    BOOST_TEST(static_cast<double>(count) / 10 == expected, boost::test_tools::tolerance(0.023));
  }
}

BOOST_AUTO_TEST_CASE(steady_is_as_dense_everywhere) {
  const auto trace = make_trace(of(TraceShape::steady), 1);
  for (Duration from = 0s; from < 100s; from += 20s) {
    const auto count = count_between(trace, from, from + 20s);
    BOOST_TEST(count > 1750U);
    BOOST_TEST(count < 2250U);
  }
}

BOOST_AUTO_TEST_CASE(sine_is_dense_in_the_middle_of_a_period_and_thin_at_its_ends) {
  const auto trace = make_trace(of(TraceShape::sine), 1);
  BOOST_TEST(count_between(trace, 8s, 12s) > 340U);
  BOOST_TEST(count_between(trace, 18s, 22s) < 40U);
}

BOOST_AUTO_TEST_CASE(on_off_is_silent_in_the_second_half_of_each_period) {
  const auto trace = make_trace(of(TraceShape::on_off), 1);
  BOOST_TEST(count_between(trace, 20s, 30s) > 850U);
  BOOST_TEST(count_between(trace, 10s, 20s) == 0U);
  BOOST_TEST(count_between(trace, 90s, 100s) == 0U);
}

BOOST_AUTO_TEST_CASE(a_burst_comes_whole_at_the_start_of_each_period) {
  const auto trace = make_trace(of(TraceShape::burst), 1);
  BOOST_TEST(trace.size() == 500U);
  BOOST_TEST(expected_arrivals(of(TraceShape::burst)) == 500);
  BOOST_TEST((trace[99].at == 0s));
  BOOST_TEST((trace[100].at == 20s));
  BOOST_TEST((trace.back().at == 80s));
}

BOOST_AUTO_TEST_CASE(services_are_all_the_same_or_drawn_around_their_mean) {
  TraceOptions options = of(TraceShape::steady);
  for (const Arrival& arrival : make_trace(options, 3)) BOOST_REQUIRE((arrival.service == 1s));
  options.exponential_service = true;
  Duration sum{0};
  const auto trace = make_trace(options, 3);
  for (const Arrival& arrival : trace) sum += arrival.service;
  const double mean =
      std::chrono::duration<double>(sum).count() / static_cast<double>(trace.size());
  BOOST_TEST(mean == 1.0, boost::test_tools::tolerance(0.05));
  BOOST_TEST((trace[0].service != trace[1].service));
}

BOOST_AUTO_TEST_CASE(how_services_are_drawn_leaves_the_arrivals_where_they_are) {
  TraceOptions options = of(TraceShape::steady);
  const auto fixed = make_trace(options, 3);
  options.exponential_service = true;
  const auto drawn = make_trace(options, 3);
  BOOST_TEST(std::ranges::equal(fixed, drawn, {}, &Arrival::at, &Arrival::at));
}

BOOST_AUTO_TEST_SUITE_END()
