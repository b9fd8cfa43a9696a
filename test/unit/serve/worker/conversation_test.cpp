#include "serve/worker/conversation.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/serve/worker/worker_rig.hpp"

using namespace brood;
using namespace std::chrono_literals;
using What = Awaited::What;

BOOST_AUTO_TEST_SUITE(conversation)

namespace {

std::string post(std::size_t size, const std::string& body) {
  return "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
         body;
}

}  // namespace

// --- From request to request.

BOOST_AUTO_TEST_CASE(a_request_is_answered_and_the_next_one_awaited) {
  WorkerRig rig;
  Talk talk(rig);
  BOOST_TEST(talk.conversation.advance().what == What::request);
  const Awaited awaited = talk.say(get_request);
  BOOST_TEST(awaited.what == What::request);
  BOOST_TEST((awaited.deadline == rig.context.now + rig.settings.keep_alive_timeout));
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
  BOOST_TEST(talk.conversation.is_kept());
  BOOST_TEST(talk.conversation.is_at_rest());
  BOOST_TEST(rig.entries() == 1U);
  BOOST_TEST(rig.errors() == 0U);
  BOOST_TEST(rig.in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(a_head_may_come_byte_by_byte) {
  WorkerRig rig;
  Talk talk(rig);
  for (const char byte : get_request.substr(0, get_request.size() - 1))
    BOOST_TEST(talk.say(std::string(1, byte)).what == What::head);
  BOOST_TEST(talk.script.heard.empty());
  BOOST_TEST(talk.say("\n").what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
}

BOOST_AUTO_TEST_CASE(requests_that_come_together_are_answered_in_their_order) {
  WorkerRig rig;
  rig.handler.on_handle = [](const Request& request) {
    return Response{.body = std::string(request.path)};
  };
  Talk talk(rig);
  std::string all;
  for (const char* path : {"/a", "/b", "/c"})
    all += "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  BOOST_TEST(talk.say(all).what == What::request);
  const std::string heard = talk.heard();
  BOOST_TEST(heard.find("\r\n\r\n/a") < heard.find("\r\n\r\n/b"));
  BOOST_TEST(heard.find("\r\n\r\n/b") < heard.find("\r\n\r\n/c"));
  BOOST_TEST(heard.ends_with("/c"));
  BOOST_TEST(rig.entries() == 3U);
}

BOOST_AUTO_TEST_CASE(no_answer_waits_for_the_work_of_the_next_request) {
  WorkerRig rig;
  Talk talk(rig);
  std::string heard_before_second;
  rig.handler.on_handle = [&](const Request& request) {
    if (request.path == "/b") heard_before_second = talk.script.heard;
    return Response{.body = std::string(request.path)};
  };
  talk.say("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(answer_of(heard_before_second) == "200 /a");
}

BOOST_AUTO_TEST_CASE(a_connection_is_taken_up_where_another_conversation_has_left_it) {
  WorkerRig rig;
  Talk talk(rig);
  talk.say(get_request);
  talk.heard();
  BOOST_TEST(talk.conversation.is_at_rest());
  Conversation other(rig.context);
  other.start(talk.socket, true, rig.context.now + 5s, talk.conversation.take_introduced());
  talk.hears(get_request);
  BOOST_TEST(other.advance().what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
}

BOOST_AUTO_TEST_CASE(half_a_request_is_no_rest) {
  WorkerRig rig;
  Talk talk(rig);
  talk.say(get_request + "GET");
  BOOST_TEST(!talk.conversation.is_at_rest());
  BOOST_TEST(!talk.conversation.is_kept());
}

BOOST_AUTO_TEST_CASE(a_driver_may_receive_by_itself) {
  WorkerRig rig;
  Talk talk(rig);
  talk.say(get_request);
  talk.heard();
  const std::span<char> space = talk.conversation.space();
  talk.conversation.received(static_cast<ssize_t>(get_request.copy(space.data(), space.size())));
  BOOST_TEST(talk.conversation.advance().what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
  errno = ECONNRESET;
  talk.conversation.received(-1);
  BOOST_TEST(talk.conversation.advance().what == What::nothing);
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_to_close_is_closed) {
  WorkerRig rig;
  Talk talk(rig);
  const Awaited awaited = talk.say("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  BOOST_TEST(awaited.what == What::nothing);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_no_more_is_answered_and_closed) {
  WorkerRig rig;
  Talk talk(rig);
  talk.hears(get_request);
  talk.ends();
  BOOST_TEST(talk.conversation.advance().what == What::nothing);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
  BOOST_TEST(rig.entries() == 1U);
}

BOOST_AUTO_TEST_CASE(who_says_nothing_and_goes_counts_for_nothing) {
  WorkerRig rig;
  Talk talk(rig);
  talk.ends();
  BOOST_TEST(talk.conversation.advance().what == What::nothing);
  BOOST_TEST(talk.heard().empty());
  BOOST_TEST(rig.entries() == 0U);
}

BOOST_AUTO_TEST_CASE(a_broken_head_is_refused_counted_and_read_out) {
  WorkerRig rig;
  Talk talk(rig);
  const Awaited awaited = talk.say("GET / HTTP/1.1\r\nHo st: a\r\n\r\n");
  BOOST_TEST(awaited.what == What::closing);
  BOOST_TEST(answer_of(talk.heard()).starts_with("400"));
  BOOST_TEST(rig.entries() == 1U);
  BOOST_TEST(rig.errors() == 1U);
  BOOST_TEST(rig.in_flight() == 0U);
  BOOST_TEST(rig.handler.handled.empty());
  BOOST_TEST(talk.say("whatever it still says").what == What::closing);
  talk.ends();
  BOOST_TEST(talk.conversation.advance().what == What::nothing);
}

BOOST_AUTO_TEST_CASE(lingering_is_put_off_by_bytes_and_ends) {
  WorkerRig rig;
  Talk talk(rig);
  const Awaited first = talk.say("nonsense\r\n\r\n");
  BOOST_TEST(first.what == What::closing);
  rig.context.now = rig.context.now + 1s;
  const Awaited second = talk.say("more");
  BOOST_TEST((second.deadline == first.deadline + 1s));
  BOOST_TEST(talk.late(second).what == What::nothing);
}

// --- Bodies of requests.

BOOST_AUTO_TEST_CASE(a_body_that_is_wanted_is_whole_when_the_handler_is_asked) {
  WorkerRig rig;
  rig.handler.on_admit = [](const Request& request) {
    BOOST_TEST(request.body.size == 0U);
    return Admission{.wants_body = true};
  };
  rig.handler.on_handle = [](const Request& request) {
    return Response{.body = std::string(request.body.bytes)};
  };
  Talk talk(rig);
  BOOST_TEST(talk.say(post(6, "abc")).what == What::body);
  BOOST_TEST(rig.in_flight() == 1U);
  BOOST_TEST(talk.say("def").what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 abcdef");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_wanted_is_dropped) {
  WorkerRig rig;
  rig.handler.on_handle = [](const Request& request) {
    return Response{.body = std::to_string(request.body.size)};
  };
  Talk talk(rig);
  talk.say(post(6, "abcdef") + get_request);
  const std::string heard = talk.heard();
  BOOST_TEST(answer_of(heard).starts_with("200 0"));
  BOOST_TEST(rig.entries() == 2U);
}

BOOST_AUTO_TEST_CASE(a_handler_may_refuse_before_the_body) {
  WorkerRig rig;
  rig.handler.on_admit = [](const Request&) {
    Admission admission;
    admission.status = 405;
    admission.fields.push_back({"Allow", "GET"});
    return admission;
  };
  Talk talk(rig);
  talk.say(post(600, "abc"));
  const std::string heard = talk.heard();
  BOOST_TEST(answer_of(heard).starts_with("405"));
  BOOST_TEST(heard.find("Allow: GET\r\n") != heard.npos);
  BOOST_TEST(rig.handler.handled.empty());
  BOOST_TEST(rig.errors() == 1U);
  BOOST_TEST(rig.in_flight() == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_that_cannot_be_stored_is_refused) {
  const struct {
    const char* name;
    const char* file;
    int mode;
    const char* want;
    const char* note;
  } rows[] = {
      {"no space is left", "/dev/full", O_WRONLY, "507", "request body: No space left on device"},
      {"its file is not writable", "/dev/null", O_RDONLY, "500",
       "request body: Bad file descriptor"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      WorkerRig rig;
      rig.handler.on_admit = [&](const Request&) {
        return Admission{.wants_body = true,
                         .body_file = UniqueFd(::open(row.file, row.mode | O_CLOEXEC))};
      };
      Talk talk(rig);
      talk.say(post(20'000, std::string(20'000, 'x')));
      BOOST_TEST(answer_of(talk.heard()).starts_with(row.want));
      const auto told = rig.told();
      BOOST_REQUIRE(told.size() == 1U);
      BOOST_TEST(told[0] == row.note);
      BOOST_TEST(rig.handler.handled.empty());
      BOOST_TEST(rig.in_flight() == 0U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
