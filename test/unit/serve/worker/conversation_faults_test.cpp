// What becomes of a conversation whose client is lost, late or to be left, at each of its steps.
#include <fcntl.h>

#include <boost/test/unit_test.hpp>

#include "serve/worker/conversation.hpp"
#include "unit/serve/worker/worker_rig.hpp"

using namespace brood;
using namespace std::chrono_literals;
using What = Awaited::What;

BOOST_AUTO_TEST_SUITE(conversation_faults)

namespace {

/// A step of a conversation: how a client gets there, and what is awaited then.
struct Step {
  const char* name;
  std::function<Awaited(Talk&, SocketPair&)> reach;
  What awaited;
  std::uint64_t entries;  ///< Counted, when the client is lost here.
};

Awaited upload(Talk& talk) {
  talk.rig.handler.on_admit = [](const Request&) { return Admission{.wants_body = true}; };
  return talk.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
}

Awaited download(Talk& talk, ResponseBody body) {
  auto shared = std::make_shared<ResponseBody>(std::move(body));
  talk.rig.handler.on_handle = [shared](const Request&) {
    return Response{.body = std::move(*shared)};
  };
  talk.script.room = 5000;
  return talk.say(get_request);
}

const std::vector<Step>& steps() {
  static const std::vector<Step> all{
      {"new", [](Talk& talk, SocketPair&) { return talk.conversation.advance(); }, What::request,
       0},
      {"in a head", [](Talk& talk, SocketPair&) { return talk.say("GET / HT"); }, What::head, 0},
      {"in a body", [](Talk& talk, SocketPair&) { return upload(talk); }, What::body, 0},
      {"thinking",
       [](Talk& talk, SocketPair&) {
         talk.rig.handler.on_handle = [](const Request&) { return Response{.not_before = 9s}; };
         return talk.say(get_request);
       },
       What::moment, 1},
      {"in a short answer",
       [](Talk& talk, SocketPair&) {
         talk.script.room = 10;
         return talk.say(get_request);
       },
       What::taking, 1},
      {"in a long answer",
       [](Talk& talk, SocketPair&) { return download(talk, std::string(50'000, 'x')); },
       What::taking, 1},
      {"in an answer that is asked for",
       [](Talk& talk, SocketPair&) {
         return download(
             talk,
             PulledBody{.read = [](std::span<char> space) { return space.size(); }, .size = {}});
       },
       What::taking, 1},
      {"waiting for a source",
       [](Talk& talk, SocketPair& pipe) {
         return download(talk, StreamedBody{.source = std::move(pipe.theirs), .silence_max = 3s});
       },
       What::source, 1},
      {"kept", [](Talk& talk, SocketPair&) { return talk.say(get_request); }, What::request, 1},
      {"in a second head", [](Talk& talk, SocketPair&) { return talk.say(get_request + "GET"); },
       What::head, 1},
      {"lingering", [](Talk& talk, SocketPair&) { return talk.say("nonsense\r\n\r\n"); },
       What::closing, 1},
  };
  return all;
}

/// Nothing is left of it.
void check_is_over(WorkerRig& rig) {
  BOOST_TEST(rig.in_flight() == 0U);
  BOOST_TEST(rig.page().request_line.load().empty());
  BOOST_TEST((rig.page().phase.load() == Phase::waiting));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_lost_client_ends_it_at_every_step) {
  for (const Step& step : steps()) {
    BOOST_TEST_CONTEXT(step.name) {
      WorkerRig rig;
      SocketPair pipe;
      Talk talk(rig);
      BOOST_TEST(step.reach(talk, pipe).what == step.awaited);
      talk.conversation.lost();
      BOOST_TEST(talk.conversation.advance().what == What::nothing);
      BOOST_TEST(talk.conversation.advance().what == What::nothing);
      check_is_over(rig);
      BOOST_TEST(rig.told().empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reset_is_seen_by_whoever_reads_or_sends) {
  for (const Step& step : steps()) {
    BOOST_TEST_CONTEXT(step.name) {
      WorkerRig rig;
      SocketPair pipe;
      Talk talk(rig);
      const Awaited reached = step.reach(talk, pipe);
      talk.is_lost();
      talk.script.room = 0;
      talk.script.send_error = EPIPE;
      Awaited awaited = talk.conversation.advance();
      // Who only waits for a moment or a source learns of it afterwards.
      if (awaited.what == What::moment) awaited = talk.late(reached);
      if (awaited.what == What::source) {
        BOOST_REQUIRE(::send(pipe.ours.get(), "x", 1, 0) == 1);
        awaited = talk.conversation.advance();
      }
      BOOST_TEST(awaited.what == What::nothing);
      check_is_over(rig);
      BOOST_TEST(rig.entries() == step.entries);
      BOOST_TEST(rig.told().empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_is_late_gets_what_its_step_deserves) {
  struct Row {
    const char* step;
    const char* status;  ///< Of an answer that comes of it; empty: none.
    bool is_noted = false;
  };
  const Row rows[] = {{"new", ""},
                      {"in a head", "408"},
                      {"in a body", "408"},
                      {"in a short answer", ""},
                      {"in a long answer", ""},
                      {"in an answer that is asked for", ""},
                      {"kept", ""},
                      {"in a second head", "408"},
                      {"lingering", ""}};
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.step) {
      WorkerRig rig;
      SocketPair pipe;
      Talk talk(rig);
      const auto step = std::ranges::find_if(
          steps(), [&](const Step& one) { return std::string_view(one.name) == row.step; });
      BOOST_REQUIRE((step != steps().end()));
      Awaited awaited = step->reach(talk, pipe);
      talk.heard();
      awaited = talk.late(awaited);
      const std::string heard = talk.heard();
      if (*row.status == '\0')
        BOOST_TEST(heard.empty());
      else
        BOOST_TEST(answer_of(heard).starts_with(row.status));
      if (awaited.what == What::closing) awaited = talk.late(awaited);
      BOOST_TEST(awaited.what == What::nothing);
      check_is_over(rig);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_source_that_stays_silent_is_given_up) {
  WorkerRig rig;
  SocketPair pipe;
  Talk talk(rig);
  const Awaited awaited =
      download(talk, StreamedBody{.source = std::move(pipe.theirs), .silence_max = 3s});
  talk.late(awaited);
  BOOST_TEST(rig.told() == std::vector<std::string>{"response cut off: nothing has come for 3s"});
  BOOST_TEST(rig.errors() == 1U);
  check_is_over(rig);
}

BOOST_AUTO_TEST_CASE(a_client_that_takes_a_little_now_and_then_is_not_late) {
  WorkerRig rig;
  Talk talk(rig);
  Awaited awaited = download(talk, std::string(50'000, 'x'));
  rig.context.now = rig.context.now + 20s;
  talk.script.room = 5000;
  awaited = talk.conversation.advance();
  BOOST_TEST(awaited.what == What::taking);
  BOOST_TEST((awaited.deadline > rig.context.now + 20s));
  rig.context.now = rig.context.now + 20s;
  talk.conversation.timed_out();  // Too early: no effect.
  BOOST_TEST(talk.conversation.advance().what == What::taking);
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_is_made_again) {
  WorkerRig rig;
  Talk talk(rig);
  talk.script.input.push_back({{}, EINTR});
  talk.socket.expect_input();
  // The script repeats an error until it is taken away: so does a turn until it is over.
  BOOST_TEST(talk.conversation.advance().what == What::turn);
  talk.script.input.clear();
  BOOST_TEST(talk.say(get_request).what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
}

// --- When the worker is to leave.

BOOST_AUTO_TEST_CASE(who_leaves_answers_what_is_in_hand_and_closes) {
  WorkerRig rig;
  Talk talk(rig);
  BOOST_TEST(talk.say("GET / HTTP/1.1\r\n").what == What::head);
  rig.orders.terminate();
  // Its next request may cross the closing: it is read out.
  BOOST_TEST(talk.say("Host: a\r\n\r\n").what == What::closing);
  const std::string heard = talk.heard();
  BOOST_TEST(answer_of(heard) == "200 hello\n");
  BOOST_TEST(heard.find("Connection: close\r\n") != heard.npos);
  talk.ends();
  BOOST_TEST(talk.conversation.advance().what == What::nothing);
}

BOOST_AUTO_TEST_CASE(who_leaves_waits_a_little_for_a_kept_connections_next_request) {
  WorkerRig rig;
  Talk talk(rig);
  BOOST_TEST(talk.say(get_request).what == What::request);
  talk.heard();
  rig.orders.terminate();
  const Awaited awaited = talk.conversation.advance();
  BOOST_TEST(awaited.what == What::request);
  BOOST_TEST((awaited.deadline == rig.context.now + 200ms));
  rig.context.now = rig.context.now + 100ms;
  BOOST_TEST((talk.conversation.advance().deadline == awaited.deadline));
  BOOST_TEST(talk.say(get_request).what == What::closing);
  BOOST_TEST(talk.heard().find("Connection: close\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_leaves_closes_a_kept_connection_in_the_end) {
  WorkerRig rig;
  Talk talk(rig);
  BOOST_TEST(talk.say(get_request).what == What::request);
  rig.orders.terminate();
  const Awaited awaited = talk.conversation.advance();
  BOOST_TEST(talk.late(awaited).what == What::nothing);
}

BOOST_AUTO_TEST_CASE(without_that_little_it_closes_at_once_unless_a_request_has_come) {
  for (const bool has_come : {false, true}) {
    BOOST_TEST_CONTEXT((has_come ? "it has" : "it has not")) {
      WorkerRig rig;
      rig.settings.keep_alive_drain = 0s;
      Talk talk(rig);
      BOOST_TEST(talk.say(get_request).what == What::request);
      talk.heard();
      rig.orders.terminate();
      // Not told of: it looks once more by itself.
      if (has_come) talk.script.input.push_back({get_request, 0});
      BOOST_TEST(talk.conversation.advance().what == (has_come ? What::closing : What::nothing));
      BOOST_TEST(rig.entries() == (has_come ? 2U : 1U));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_new_client_gets_a_last_moment) {
  WorkerRig rig;
  Talk talk(rig);
  rig.orders.terminate();
  const Awaited awaited = talk.conversation.advance();
  BOOST_TEST(awaited.what == What::request);
  BOOST_TEST((awaited.deadline == rig.context.now + 1s));
  rig.context.now = rig.context.now + 500ms;
  BOOST_TEST((talk.conversation.advance().deadline == awaited.deadline));  // And only one.
  BOOST_TEST(talk.late(awaited).what == What::nothing);
}

BOOST_AUTO_TEST_CASE(no_connection_is_kept_where_it_is_not_to_be) {
  WorkerRig rig;
  rig.settings.keep_alive_timeout = 0s;
  Talk talk(rig);
  BOOST_TEST(talk.say(get_request).what == What::nothing);
  BOOST_TEST(talk.heard().find("Connection: close\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_worker_at_its_last_connections_answers_what_has_come) {
  WorkerRig rig;
  rig.context.is_finishing = true;
  Talk talk(rig);
  BOOST_TEST(talk.say(get_request + get_request).what == What::nothing);
  BOOST_TEST(rig.handler.handled.size() == 2U);
}

// --- Turns.

BOOST_AUTO_TEST_CASE(a_long_body_is_no_reason_to_let_others_wait) {
  WorkerRig rig;
  rig.handler.on_admit = [](const Request&) { return Admission{}; };
  Talk talk(rig);
  const std::size_t size = 2UL << 20;
  talk.hears("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
             std::string(size, 'x'));
  int turns = 0;
  Awaited awaited = talk.conversation.advance();
  for (; awaited.what == What::turn && turns < 1'000'000; ++turns)
    awaited = talk.conversation.advance();
  BOOST_TEST(turns >= 3);
  BOOST_TEST(awaited.what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
}

BOOST_AUTO_TEST_CASE(nor_are_many_requests_at_once) {
  WorkerRig rig;
  Talk talk(rig);
  std::string all;
  for (int count = 0; count < 300; ++count) all += get_request;
  talk.hears(all);
  int turns = 0;
  Awaited awaited = talk.conversation.advance();
  for (; awaited.what == What::turn && turns < 1'000'000; ++turns)
    awaited = talk.conversation.advance();
  BOOST_TEST(turns >= 2);
  BOOST_TEST(rig.entries() == 300U);
}

// --- Who a client is.

BOOST_AUTO_TEST_CASE(whom_a_trusted_proxy_introduces_stays_with_the_connection) {
  WorkerRig rig;
  rig.settings.trusted_proxies = *parse_address_set("unix");
  std::string seen;
  rig.handler.on_handle = [&](const Request& request) {
    const Peer client = request.connection->client();
    seen = client.host + ' ' + std::to_string(client.port);
    return Response{};
  };
  Talk talk(rig);
  talk.say("PROXY TCP4 192.0.2.1 192.0.2.2 40000 80\r\n" + get_request);
  BOOST_TEST(seen == "192.0.2.1 40000");
  seen.clear();
  Conversation other(rig.context);
  other.start(talk.socket, true, rig.context.now + 5s, talk.conversation.take_introduced());
  talk.hears(get_request);
  other.advance();
  BOOST_TEST(seen == "192.0.2.1 40000");
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_that_does_not_introduce_is_closed) {
  WorkerRig rig;
  rig.settings.trusted_proxies = *parse_address_set("unix");
  Talk talk(rig);
  const Awaited awaited = talk.say(get_request);
  BOOST_TEST((awaited.what == What::nothing || awaited.what == What::closing));
  BOOST_TEST(rig.handler.handled.empty());
}

BOOST_AUTO_TEST_SUITE_END()
