#include "balance/routing/patience.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(patience)

namespace {

constexpr TimePoint now{1'000'000'000'000};

ServerView server(std::uint32_t in_flight, Duration latency, Duration silence = 1ms) {
  return {.is_available = true,
          .in_flight = in_flight,
          .latency = latency,
          .latency_at = now + -silence};
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_slow_server_is_passed_over_while_the_queue_is_short) {
  const struct {
    const char* name;
    ServerView free;
    ServerView full;
    std::uint32_t waiting;
    bool waits;
  } rows[] = {
      // 8 places of 20 ms: one is given back every 2.5 ms.
      {"thrice as slow", server(0, 60ms), server(8, 20ms), 1, true},
      {"the last that waits", server(0, 60ms), server(8, 20ms), 3, true},
      {"the queue is too long", server(0, 60ms), server(8, 20ms), 5, false},
      {"not slow enough", server(0, 39ms), server(8, 20ms), 1, false},
      {"quicker itself", server(0, 10ms), server(8, 20ms), 1, false},
      {"the free one is unknown", server(0, 0ms), server(8, 20ms), 1, false},
      {"the full one is unknown", server(0, 60ms), server(8, 0ms), 1, false},
      {"the full one has fallen silent", server(0, 60ms), server(8, 20ms, 21ms), 1, false},
      {"one place that takes long to come", server(0, 60ms), server(1, 20ms), 1, false},
      {"and yet is worth it", server(0, 90ms), server(1, 20ms), 1, true},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const ServerView servers[] = {row.free, row.full};
    const ServerId full[] = {1};
    const auto until = wait_for_quicker(servers, 0, full, row.waiting, now);
    BOOST_TEST(until.has_value() == row.waits);
    // Not for longer than one of the full ones needs for an answer.
    if (until) BOOST_TEST((*until - now).count() == row.full.latency.count());
  }
}

BOOST_AUTO_TEST_SUITE_END()
