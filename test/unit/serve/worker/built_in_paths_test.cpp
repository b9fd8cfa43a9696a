#include "serve/worker/built_in_paths.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/serve/worker/worker_rig.hpp"

using namespace brood;
using What = Awaited::What;

BOOST_AUTO_TEST_SUITE(built_in_paths)

namespace {

std::string request_of(const std::string& method, const std::string& target) {
  return method + ' ' + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_asked_of_the_server_does_not_reach_the_handler) {
  const struct {
    const char* name;
    const char* health_path;
    const char* method;
    const char* target;
    bool is_probe, is_handled;
  } rows[] = {
      {"the health path", "/healthcheck", "GET", "/healthcheck", true, false},
      {"its head", "/healthcheck", "HEAD", "/healthcheck", true, false},
      {"whatever its query", "/healthcheck", "GET", "/healthcheck?a=b", true, false},
      {"another method", "/healthcheck", "POST", "/healthcheck", false, true},
      {"a longer path", "/healthcheck", "GET", "/healthchecks", false, true},
      {"a path with a query", "/h?full", "GET", "/h?full", true, false},
      {"and another query", "/h?full", "GET", "/h?other", false, true},
      {"no such path", "", "GET", "/healthcheck", false, true},
      {"the whole server", "/healthcheck", "OPTIONS", "*", false, false},
      {"anything else", "/healthcheck", "GET", "/", false, true},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      WorkerRig rig;
      rig.settings.health_path = row.health_path;
      Talk talk(rig);
      BOOST_TEST(talk.say(request_of(row.method, row.target)).what == What::request);
      BOOST_TEST(answer_of(talk.heard()).starts_with("200"));
      BOOST_TEST(rig.handler.handled.empty() != row.is_handled);
      BOOST_TEST(rig.entries() == (row.is_probe ? 0U : 1U));
      BOOST_TEST(rig.in_flight() == 0U);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_probe_is_answered_with_the_health_document) {
  WorkerRig rig;
  Talk talk(rig);
  talk.say(get_request);
  talk.heard();
  talk.say(request_of("GET", "/healthcheck"));
  const std::string heard = talk.heard();
  BOOST_TEST(answer_of(heard).starts_with("200 0\n1\n"));
  BOOST_TEST(heard.find("Content-Type: text/plain; charset=utf-8\r\n") != heard.npos);
}

BOOST_AUTO_TEST_CASE(a_probe_holds_no_blocking_worker) {
  WorkerRig rig;
  rig.context.clients_block = true;
  Talk talk(rig);
  BOOST_TEST(talk.say(request_of("GET", "/healthcheck")).what == What::nothing);
  BOOST_TEST(talk.heard().find("Connection: close\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(but_what_came_with_it_is_answered) {
  WorkerRig rig;
  rig.context.clients_block = true;
  Talk talk(rig);
  BOOST_TEST(talk.say(request_of("GET", "/healthcheck") + get_request).what == What::request);
  BOOST_TEST(rig.handler.handled.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_broken_behind_a_probe_counts) {
  WorkerRig rig;
  Talk talk(rig);
  talk.say(request_of("GET", "/healthcheck") + "nonsense\r\n\r\n");
  BOOST_TEST(rig.entries() == 1U);
  BOOST_TEST(rig.errors() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
