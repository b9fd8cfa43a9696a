#include "balance/forwarding/attempt.hpp"

#include <boost/test/unit_test.hpp>

#include "attempt_scene.hpp"

BOOST_AUTO_TEST_SUITE(attempt)

namespace {

using namespace brood;
using namespace brood::forwarding_test;
using namespace std::chrono_literals;
using Action = Attempt::Action;
using Kind = Attempt::Event::Kind;

constexpr std::string_view get_text = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// An answer in four pieces, so that something can happen between any two of them.
const std::deque<std::string> whole_answer{"HTTP/1.1 200 OK\r\n", "Content-Length: 4\r\n\r\n", "ab",
                                           "cd"};

OutgoingRequest post(std::optional<std::uint64_t> size) {
  return {.method = "POST",
          .target = "/",
          .host = "a.example",
          .content_length = size,
          .is_chunked = !size};
}

int count(const AttemptScene& scene) {
  return static_cast<int>(scene.sizes.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_request_goes_and_its_answer_comes) {
  AttemptScene scene;
  BOOST_TEST(scene.begin(get));
  BOOST_TEST((scene.run() == Action::wait), "nothing has come yet");
  BOOST_TEST(scene.sent == get_text);
  scene.answer = whole_answer;
  BOOST_TEST((scene.run() == Action::answered));
  BOOST_TEST(scene.passed == "200 abcd");
  BOOST_TEST(scene.attempt.leaves_reusable());
}

BOOST_AUTO_TEST_CASE(it_can_be_cut_and_blocked_anywhere) {
  std::string bytes;
  for (const std::string& piece : whole_answer) bytes += piece;
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    AttemptScene scene;
    scene.begin(get);
    scene.room = at;  // It also takes the request in two goes.
    scene.run();
    scene.room = ~0UL;
    scene.answer = {bytes.substr(0, at)};
    BOOST_TEST((scene.run() == Action::wait), at);
    scene.answer = {bytes.substr(at)};
    BOOST_TEST((scene.run() == Action::answered), at);
    BOOST_TEST(scene.sent == get_text);
    BOOST_TEST(scene.passed == "200 abcd");
  }
}

/// What a failure at each step means for who may try again: the phase decides that.
BOOST_AUTO_TEST_CASE(a_reset_at_every_step) {
  using enum RetryPhase;
  // By step: the request is sent; four pieces of the answer come, and would be followed by nothing.
  constexpr std::array fresh{connecting, awaiting, answering, forwarding, forwarding};
  constexpr std::array kept{sending_stale, sending_stale, answering, forwarding, forwarding};
  for (const bool was_kept : {false, true})
    for (int at = 0; at < 5; ++at)
      for (const Kind kind : {Kind::failed, Kind::ended}) {
        if (at == 0 && kind == Kind::ended) continue;  // Nobody tells that while it sends.
        BOOST_TEST_CONTEXT("kept " << was_kept << ", step " << at << ", event "
                                   << static_cast<int>(kind)) {
          AttemptScene scene;
          scene.begin(get, was_kept);
          scene.answer = at == 0 ? std::deque<std::string>{} : whole_answer;
          scene.fail_at = at;
          scene.failure = {.kind = kind, .error = kind == Kind::failed ? ECONNRESET : 0};
          BOOST_TEST((scene.run() == Action::failed));
          const auto& failure = scene.attempt.failure();
          const auto step = static_cast<std::size_t>(at);
          BOOST_TEST((failure.phase == (was_kept ? kept[step] : fresh[step])));
          BOOST_TEST((failure.error == (at == 0 && !was_kept ? ECONNRESET : 0)));
          BOOST_TEST(!scene.attempt.leaves_reusable());
        }
      }
}

BOOST_AUTO_TEST_CASE(time_runs_out_at_every_step) {
  using enum RetryPhase;
  constexpr std::array phases{connecting, timed_out, answering, forwarding, forwarding};
  for (std::size_t at = 0; at < 5; ++at) {
    AttemptScene scene;
    scene.begin(get);
    scene.room = at == 0 ? 0 : ~0UL;
    for (std::size_t piece = 1; piece < at; ++piece)
      scene.answer.push_back(whole_answer[piece - 1]);
    BOOST_TEST((scene.run() == Action::wait));
    BOOST_TEST((scene.attempt.resume({.kind = Kind::timed_out}, scene.now) == Action::failed));
    BOOST_TEST((scene.attempt.failure().phase == phases[at]), at);
    BOOST_TEST((scene.attempt.failure().error == (at == 0 ? ETIMEDOUT : 0)), at);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_is_read_though_the_request_cannot_be_sent) {
  AttemptScene scene;
  scene.begin(post(100), false, false, "some");
  scene.body_ends = false;
  scene.run();
  scene.body = {std::string(50, 'x')};
  scene.answer = {"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"};
  scene.fail_at = scene.io_steps();
  scene.failure = {.kind = Kind::failed, .error = EPIPE};
  BOOST_TEST((scene.run() == Action::answered));
  BOOST_TEST(scene.passed == "413 ");
  BOOST_TEST(!scene.attempt.leaves_reusable());
}

BOOST_AUTO_TEST_CASE(a_server_that_takes_no_more_and_says_nothing_has_failed) {
  AttemptScene scene;
  scene.begin(post(100), false, false, "some");
  scene.body_ends = false;
  scene.run();
  scene.body = {std::string(50, 'x')};
  scene.fail_at = scene.io_steps();
  scene.failure = {.kind = Kind::failed, .error = EPIPE};
  BOOST_TEST((scene.run() == Action::failed));
  BOOST_TEST((scene.attempt.failure().phase == RetryPhase::sending));
  BOOST_TEST((scene.attempt.failure().sign == TrafficSign::reset));
}

// --- A body that is passed on as it comes.

BOOST_AUTO_TEST_CASE(nothing_is_taken_before_the_server_has_taken_something) {
  AttemptScene scene;
  scene.begin(post(8), false, false, "held");
  scene.body = {"more"};
  scene.room = 0;
  BOOST_TEST((scene.run() == Action::wait));
  BOOST_TEST(scene.body.size() == 1U, "it could still be sent elsewhere");
  scene.room = ~0UL;
  scene.run();
  BOOST_TEST(scene.body.empty());
  BOOST_TEST(scene.sent.ends_with("\r\n\r\nheldmore"));
  BOOST_TEST(!scene.attempt.awaits_body());
  BOOST_TEST(scene.attempt.has_waited());
}

BOOST_AUTO_TEST_CASE(small_pieces_leave_together_and_large_ones_at_once) {
  struct {
    std::size_t pieces, size;
    int sends;  // Besides that of the head.
  } rows[] = {{1, 10, 1}, {1, 9000, 1}, {3, 9000, 3}};
  for (const auto& row : rows) {
    AttemptScene scene;
    scene.begin(post(row.pieces * row.size), false, false);
    scene.body_ends = false;
    scene.run();
    scene.body_ends = true;
    const int before = count(scene);
    for (std::size_t at = 0; at < row.pieces; ++at) scene.body.emplace_back(row.size, 'x');
    scene.run();
    BOOST_TEST(count(scene) - before == row.sends, row.pieces << " of " << row.size);
  }
}

BOOST_AUTO_TEST_CASE(pieces_that_came_in_one_go_are_sent_in_one) {
  Attempt attempt{SessionLimits{}};
  attempt.start({.request = post(std::nullopt), .is_held = false, .permitted_at = start}, start);
  BOOST_TEST((attempt.resume({}, start) == Action::send));
  auto action =
      attempt.resume({.kind = Kind::sent, .size = attempt.session().output().size()}, start);
  for (int piece = 0; piece < 100; ++piece) {
    BOOST_TEST((action == Action::take_body), piece);
    action = attempt.resume({.kind = Kind::body, .text = "0123456789"}, start);
  }
  BOOST_TEST((action == Action::take_body));
  BOOST_TEST(attempt.session().output().empty(), "there may be more");
  BOOST_TEST((attempt.resume({.kind = Kind::needs_bytes}, start) == Action::send));
  BOOST_TEST(attempt.session().output().starts_with("3e8\r\n0123456789"),
             "1000 bytes in one chunk");
}

BOOST_AUTO_TEST_CASE(who_is_waited_for) {
  AttemptScene scene;
  const auto deadline = [&](bool client_is_full = false) {
    return scene.attempt.deadline(1s, 30s, client_is_full, scene.now);
  };
  scene.begin(post(8), false, false, "held");
  scene.body_ends = false;
  scene.room = 0;
  scene.run();
  BOOST_TEST((deadline() == start + 1s), "connect-timeout");
  scene.room = ~0UL;
  scene.now = start + 100ms;
  scene.run();
  BOOST_TEST(scene.attempt.awaits_body());
  BOOST_TEST((deadline() == never), "the client has more to say");
  BOOST_TEST(!scene.attempt.has_waited());
  scene.now = start + 5s;
  scene.body = {"more"};
  scene.body_ends = true;
  scene.run();
  BOOST_TEST((deadline() == start + 35s), "server-timeout, since it has taken the last of it");
  scene.now = start + 20s;
  scene.answer = {whole_answer[0], whole_answer[1]};
  scene.run();
  BOOST_TEST((deadline() == start + 50s), "and since it has said something");
  scene.now = start + 49s;
  BOOST_TEST((deadline(true) == never), "the client takes nothing");
  BOOST_TEST((deadline() == start + 79s), "that time is not the server's");
}

// --- Interim answers, other protocols.

BOOST_AUTO_TEST_CASE(an_interim_answer_is_some_of_the_answer_if_the_client_gets_it) {
  for (const bool is_http_1_0 : {false, true}) {
    AttemptScene scene;
    scene.is_http_1_0 = is_http_1_0;
    scene.begin(get);
    scene.answer = {"HTTP/1.1 103 Early Hints\r\n\r\n"};
    scene.server_ends = true;
    BOOST_TEST((scene.run() == Action::failed));
    BOOST_TEST(scene.passed == "103 ");
    BOOST_TEST((scene.attempt.failure().phase ==
                (is_http_1_0 ? RetryPhase::answering : RetryPhase::forwarding)));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_passed_on_is_the_servers_failure) {
  AttemptScene scene;
  scene.begin(get);
  scene.run();
  scene.answer = {whole_answer[0] + whole_answer[1]};
  scene.fail_at = scene.io_steps() + 1;
  scene.failure = {.kind = Kind::refused, .text = "no"};
  BOOST_TEST((scene.run() == Action::failed), "instead of what follows the head");
  BOOST_TEST(scene.attempt.failure().how == "no");
  BOOST_TEST((scene.attempt.failure().phase == RetryPhase::forwarding));
}

BOOST_AUTO_TEST_CASE(another_protocol_begins_behind_the_request_and_only_if_it_was_asked_for) {
  const std::string agreed =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello";
  OutgoingRequest request = get;
  AttemptScene unasked;
  unasked.begin(request);
  unasked.answer = {agreed};
  BOOST_TEST((unasked.run() == Action::failed));
  BOOST_TEST(unasked.attempt.failure().how == "the server upgrades unasked");
  BOOST_TEST((unasked.attempt.failure().phase == RetryPhase::answering));

  request.upgrade = "x";
  request.connection = "upgrade";
  request.content_length = 4;
  AttemptScene asked;
  asked.begin(request, false, false);
  asked.body_ends = false;
  asked.answer = {agreed};
  BOOST_TEST((asked.run() == Action::wait), "its body is not whole");
  asked.body = {"body"};
  asked.body_ends = true;
  BOOST_TEST((asked.run() == Action::switched));
  BOOST_TEST(asked.sent.ends_with("body"));
  BOOST_TEST(asked.attempt.session().unread() == "hello");
  BOOST_TEST(asked.passed.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_before_the_request_is_whole) {
  AttemptScene scene;
  scene.begin(post(100), false, false);
  scene.body_ends = false;
  scene.answer = whole_answer;
  BOOST_TEST((scene.run() == Action::answered));
  BOOST_TEST(!scene.attempt.leaves_reusable());
}

BOOST_AUTO_TEST_CASE(who_pauses_goes_on_where_it_was) {
  Attempt attempt{SessionLimits{}};
  attempt.start({.request = get, .permitted_at = start}, start);
  BOOST_TEST((attempt.resume({}, start) == Action::send));
  BOOST_TEST((attempt.resume({.kind = Kind::paused}, start) == Action::receive));
  BOOST_TEST((attempt.resume({.kind = Kind::paused}, start) == Action::wait));
  BOOST_TEST((attempt.resume({}, start) == Action::send));
  BOOST_TEST(attempt.session().output() == get_text);
}

BOOST_AUTO_TEST_CASE(how_long_each_part_took) {
  AttemptScene scene;
  scene.begin(get);
  AccessRecord record;
  scene.attempt.note(record);
  BOOST_TEST((record.connected == Duration{-1}));
  BOOST_TEST((record.first_byte == Duration{-1}));
  scene.now = start + 3ms;
  scene.run();
  scene.now = start + 10ms;
  scene.answer = whole_answer;
  scene.run();
  scene.attempt.note(record);
  BOOST_TEST((record.connected == 3ms));
  BOOST_TEST((record.first_byte == 7ms));
  BOOST_TEST((scene.attempt.latency(scene.now) == 10ms));
}

BOOST_AUTO_TEST_CASE(what_must_not_reach_the_wire_does_not) {
  AttemptScene scene;
  OutgoingRequest request = get;
  request.target = "/ HTTP/1.1\r\nX: y";
  BOOST_TEST(!scene.begin(request));
  BOOST_TEST(scene.attempt.session().output().empty());
}

BOOST_AUTO_TEST_SUITE_END()
