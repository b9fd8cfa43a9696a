#include "control/control_request.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

#include "control/status_json.hpp"

BOOST_AUTO_TEST_SUITE(control_request)

namespace {

using brood::ControlAnswer;
using brood::ControlCommand;
using brood::ControlVerb;
using brood::read_control_request;

ControlCommand understood(std::string_view method, std::string_view path,
                          std::string_view body = {}) {
  const auto read = read_control_request(method, path, body);
  BOOST_TEST_REQUIRE(read.index() == 0U);
  return std::get<ControlCommand>(read);
}

ControlAnswer refused(std::string_view method, std::string_view path, std::string_view body = {}) {
  const auto read = read_control_request(method, path, body);
  BOOST_TEST_REQUIRE(read.index() == 1U);
  const auto answer = std::get<ControlAnswer>(read);
  BOOST_TEST(boost::json::parse(answer.body).as_object().contains("error"));
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_path_is_a_verb) {
  BOOST_TEST((understood("GET", "/v1/status") == ControlCommand{.verb = ControlVerb::status}));
  BOOST_TEST((understood("GET", "/v1/health") == ControlCommand{.verb = ControlVerb::health}));
  BOOST_TEST((understood("GET", "/v1/dump") == ControlCommand{.verb = ControlVerb::dump}));
  BOOST_TEST((understood("POST", "/v1/reopen") == ControlCommand{.verb = ControlVerb::reopen}));
  BOOST_TEST((understood("POST", "/v1/stop") == ControlCommand{.verb = ControlVerb::stop}));
  BOOST_TEST((understood("POST", "/v1/stop", R"({"now":true})") ==
              ControlCommand{.verb = ControlVerb::stop, .is_now = true}));
  BOOST_TEST((understood("POST", "/v1/log-level", R"({"level":"warn"})") ==
              ControlCommand{.verb = ControlVerb::log_level, .level = brood::Level::warn}));
  BOOST_TEST((understood("POST", "/v1/scale", R"({"min":2,"max":7})") ==
              ControlCommand{.verb = ControlVerb::scale, .min = 2, .max = 7}));
}

BOOST_AUTO_TEST_CASE(what_is_not_known_is_told_with_the_version) {
  BOOST_TEST(refused("GET", "/").status == 404);
  BOOST_TEST(refused("GET", "/v2/status").status == 404);
  BOOST_TEST(refused("GET", "/v1/").status == 404);
  BOOST_TEST(refused("GET", "/v1/nothing").status == 404);
  BOOST_TEST(refused("GET", "/v1/nothing").body.find(BROOD_VERSION) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_question_is_asked_and_an_order_is_posted) {
  BOOST_TEST(refused("POST", "/v1/status").status == 405);
  BOOST_TEST(refused("GET", "/v1/stop").status == 405);
}

BOOST_AUTO_TEST_CASE(a_body_that_means_nothing_is_refused) {
  BOOST_TEST(refused("POST", "/v1/stop", "now").status == 400);
  BOOST_TEST(refused("POST", "/v1/stop", "[]").status == 400);
  BOOST_TEST(refused("POST", "/v1/stop", R"({"now":1})").status == 400);
  BOOST_TEST(refused("POST", "/v1/stop", R"({"later":true})").status == 400);
  BOOST_TEST(refused("POST", "/v1/log-level").status == 400);
  BOOST_TEST(refused("POST", "/v1/log-level", R"({"level":"loud"})").status == 400);
  BOOST_TEST(refused("POST", "/v1/scale", R"({"min":1})").status == 400);
  BOOST_TEST(refused("POST", "/v1/scale", R"({"min":-1,"max":2})").status == 400);
  BOOST_TEST(refused("POST", "/v1/scale", R"({"min":1e99,"max":2})").status == 400);
  BOOST_TEST(refused("POST", "/v1/stop", std::string(4000, '[')).status == 400);
}

BOOST_AUTO_TEST_CASE(status_is_an_object_with_a_slot_for_each_worker) {
  brood::PoolStatus status;
  status.pid = 7;
  status.states = {.idle = 1, .busy = 1};
  status.workers = {{.slot = 0, .pid = 8}, {.slot = 3, .pid = 9}};
  const auto json = boost::json::parse(json_of(status)).as_object();
  BOOST_TEST(json.at("pid").as_int64() == 7);
  BOOST_TEST(json.at("state").as_string() == "serving");
  BOOST_TEST(json.at("workers").at("total").as_int64() == 2);
  BOOST_TEST(json.at("slots").as_array().size() == 2U);
  BOOST_TEST(json.at("slots").at(1).at("slot").as_int64() == 3);
  status.is_stopping = true;
  BOOST_TEST(boost::json::parse(health_json_of(status)).at("state").as_string() == "stopping");
}

BOOST_AUTO_TEST_CASE(lines_of_a_dump_keep_their_names) {
  const std::vector<brood::LogEvent> lines{
      brood::LogEvent{.name = "dump"}.with("workers", std::uint64_t{3}).with("text", "a \"b\"")};
  BOOST_TEST(brood::json_of(lines) ==
             R"({"lines":[{"event":"dump","workers":3,"text":"a \"b\""}]})");
}

BOOST_AUTO_TEST_SUITE_END()
