#include "balance/routing/load.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace brood;

BOOST_AUTO_TEST_SUITE(routing_load)

BOOST_AUTO_TEST_CASE(idle_connections_are_kept_where_nobody_misses_their_places) {
  constexpr std::uint32_t no_limit = ~0U;
  const struct {
    const char* name;
    ReportedLoad reported;
    std::uint32_t want;
  } reporting[] = {
      {"a small pool, idle", {.is_detailed = true, .idle = 8, .max = 8}, 0},
      {"a pool that may grow", {.is_detailed = true, .busy = 1, .idle = 4, .max = 256}, 7},
      {"the same, all but grown", {.is_detailed = true, .busy = 224, .idle = 5, .max = 256}, 1},
      {"the same, full", {.is_detailed = true, .busy = 256, .max = 256}, 0},
      {"more than there may be", {.is_detailed = true, .busy = 257, .max = 256}, 0},
      {"many places a worker", {.is_detailed = true, .busy = 24, .idle = 1000, .max = 1024}, 31},
      {"the same, somebody waits",
       {.is_detailed = true, .busy = 24, .idle = 1000, .max = 1024, .queue = 1},
       0},
      {"it tells no size", {.is_detailed = true, .busy = 3}, 0},
  };
  for (const auto& row : reporting) BOOST_TEST_CONTEXT(row.name) {
      const ServerView server{.reported = row.reported};
      BOOST_TEST(idle_connections_max(server) == row.want);
      BOOST_TEST(is_last_on_connection(server) == (row.want == 0));
    }
  const struct {
    const char* name;
    std::uint32_t limit;
    std::uint32_t in_flight;
    std::uint32_t want;
  } silent[] = {
      {"no limit is known", no_limit, 0, no_limit - 1},
      {"a limit", 8, 0, 7},
      {"the same, most are in use", 8, 6, 1},
      {"the same, but one", 8, 7, 0},
      {"the same, all", 8, 8, 0},
      {"one request at a time", 1, 0, 0},
  };
  for (const auto& row : silent) BOOST_TEST_CONTEXT(row.name) {
      const ServerView server{
          .in_flight = row.in_flight, .limit = row.limit, .idle_limit = row.limit};
      BOOST_TEST(idle_connections_max(server) == row.want);
      BOOST_TEST(!is_last_on_connection(server));  // Whoever waits for the place may take it.
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
