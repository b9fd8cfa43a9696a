#include "routing/load.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace brood;

BOOST_AUTO_TEST_SUITE(routing_load)

BOOST_AUTO_TEST_CASE(an_idle_connection_is_held_where_nobody_needs_its_worker) {
  const struct {
    const char* name;
    ServerView server;
    bool want;
  } rows[] = {
      {"nothing was told", {}, true},
      {"it has idle workers",
       {.others = 3, .reported = {.is_detailed = true, .busy = 3, .idle = 1}},
       true},
      {"all are busy, with ours", {.reported = {.is_detailed = true, .busy = 4}}, true},
      {"all are busy, with others' too",
       {.others = 1, .reported = {.is_detailed = true, .busy = 4}},
       false},
      {"somebody waits", {.reported = {.is_detailed = true, .idle = 1, .queue = 1}}, false},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) BOOST_TEST(may_hold_idle(row.server) == row.want);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
