#include "serve/handlers/demo.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(demo)

namespace {

using namespace brood;

Request request(std::uint64_t connection_count) {
  return {.method = "GET", .target = "/", .path = "/", .connection_count = connection_count};
}

DemoHandler started(Duration think_time, bool exponential, pid_t pid = 4711) {
  DemoHandler handler(think_time, exponential);
  handler.on_start({.slot = 7, .pid = pid, .note = {}});
  return handler;
}

std::string text_of(const Response& response) {
  return std::get<std::string>(response.body);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_method_that_it_does_not_know_is_refused_with_those_that_it_knows) {
  DemoHandler handler = started(0s, false);
  const Admission refused = handler.admit({.method = "PROPFIND", .target = "/", .path = "/"});
  BOOST_TEST(refused.status == 405);
  BOOST_TEST_REQUIRE(refused.fields.size() == 1U);
  BOOST_TEST(refused.fields[0].name == "Allow");
  BOOST_TEST(refused.fields[0].value == "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
  BOOST_TEST(handler.admit({.method = "PATCH", .target = "/", .path = "/"}).status == 0);
}

BOOST_AUTO_TEST_CASE(the_page_names_slot_pid_and_connection) {
  DemoHandler handler = started(0s, false);
  const Response response = handler.handle(request(12));
  BOOST_TEST(response.status == 200);
  BOOST_TEST(text_of(response) == "slot 7, pid 4711, connection 12 of this worker\n");
  BOOST_TEST_REQUIRE(response.fields.size() == 1U);
  BOOST_TEST(response.fields[0].name == "Content-Type");
  BOOST_TEST(response.fields[0].value == "text/plain; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(a_request_of_any_kind_is_admitted_with_its_body) {
  DemoHandler handler = started(0s, false);
  const Admission admission = handler.admit(request(1));
  BOOST_TEST(admission.status == 0);
  BOOST_TEST(admission.wants_body);
}

BOOST_AUTO_TEST_CASE(it_thinks_as_long_as_it_was_told_every_time) {
  for (const Duration think_time : {Duration{0}, Duration{1ms}, Duration{1s}, Duration{1h}}) {
    DemoHandler handler = started(think_time, false);
    for (int count = 0; count < 3; ++count)
      BOOST_TEST((handler.handle(request(1)).not_before == think_time));
  }
}

BOOST_AUTO_TEST_CASE(an_exponential_think_time_has_its_mean_and_varies) {
  DemoHandler handler = started(20ms, true);
  Duration sum{0};
  std::set<std::int64_t> drawn;
  constexpr int draws = 20'000;
  for (int draw = 0; draw < draws; ++draw) {
    const Duration thinks = handler.handle(request(1)).not_before;
    BOOST_REQUIRE(thinks.count() >= 0);
    sum += thinks;
    drawn.insert(thinks.count());
  }
  BOOST_TEST(static_cast<double>(sum.count()) / draws == 20e6, boost::test_tools::tolerance(0.05));
  BOOST_TEST(drawn.size() > draws * 9U / 10);
}

BOOST_AUTO_TEST_CASE(two_workers_do_not_think_in_step) {
  DemoHandler first = started(20ms, true, 100);
  DemoHandler second = started(20ms, true, 101);
  int same = 0;
  for (int count = 0; count < 100; ++count)
    same += first.handle(request(1)).not_before == second.handle(request(1)).not_before ? 1 : 0;
  BOOST_TEST(same == 0);
}

BOOST_AUTO_TEST_SUITE_END()
