// A conversation from its handler's answer on.
#include <sys/mman.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "serve/worker/conversation.hpp"
#include "unit/serve/worker/worker_rig.hpp"

using namespace brood;
using namespace std::chrono_literals;
using What = Awaited::What;

BOOST_AUTO_TEST_SUITE(conversation_answer)

BOOST_AUTO_TEST_CASE(a_handler_that_throws_is_a_500_and_a_note) {
  const struct {
    const char* name;
    std::function<Admission(const Request&)> admit;
    std::function<Response(const Request&)> handle;
    const char* note;
  } rows[] = {
      {"admit", [](const Request&) -> Admission { throw std::runtime_error("no"); },
       [](const Request&) { return Response{}; }, "admit: no"},
      {"handle", [](const Request&) { return Admission{}; },
       [](const Request&) -> Response { throw std::runtime_error("oh"); }, "handler: oh"},
      {"no exception of ours", [](const Request&) { return Admission{}; },
       [](const Request&) -> Response { throw 1; },
       "handler: an exception that is no std::exception"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      WorkerRig rig;
      rig.handler.on_admit = row.admit;
      rig.handler.on_handle = row.handle;
      Talk talk(rig);
      BOOST_TEST(talk.say(get_request).what == What::request);  // It is kept.
      BOOST_TEST(answer_of(talk.heard()).starts_with("500"));
      BOOST_TEST(rig.told() == std::vector<std::string>{row.note});
      BOOST_TEST(rig.errors() == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_answer_is_not_sent_before_its_moment) {
  WorkerRig rig;
  rig.handler.on_handle = [](const Request&) {
    return Response{.body = "late", .not_before = 20s};
  };
  Talk talk(rig);
  const Awaited awaited = talk.say(get_request);
  BOOST_TEST(awaited.what == What::moment);
  BOOST_TEST(talk.heard().empty());
  BOOST_TEST(rig.in_flight() == 1U);
  BOOST_TEST(talk.conversation.advance().what == What::moment);  // For no reason: no harm.
  BOOST_TEST(talk.late(awaited).what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 late");
}

BOOST_AUTO_TEST_CASE(a_handler_may_ask_to_be_asked_again_with_the_same_request) {
  WorkerRig rig;
  rig.handler.on_admit = [](const Request&) { return Admission{.wants_body = true}; };
  rig.handler.on_handle = [](const Request& request) {
    if (request.asked_before < 2) return Response{.not_before = 1ms, .asks_again = true};
    return Response{.body = std::string(request.body.bytes)};
  };
  Talk talk(rig);
  Awaited awaited = talk.say("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
  BOOST_TEST(awaited.what == What::moment);
  awaited = talk.late(awaited);
  BOOST_TEST(awaited.what == What::moment);
  BOOST_TEST(talk.late(awaited).what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 abc");
  BOOST_TEST(rig.handler.handled.size() == 3U);
  BOOST_TEST(rig.entries() == 1U);
}

BOOST_AUTO_TEST_CASE(an_answer_waits_until_the_client_takes_it) {
  WorkerRig rig;
  Talk talk(rig);
  talk.script.room = 10;
  const Awaited awaited = talk.say(get_request);
  BOOST_TEST(awaited.what == What::taking);
  BOOST_TEST((awaited.deadline == rig.context.now + rig.settings.write_timeout));
  BOOST_TEST(!talk.conversation.is_at_rest());
  BOOST_TEST(talk.conversation.is_taken_still());
  talk.script.room = ~std::size_t{0};
  BOOST_TEST(talk.conversation.advance().what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 hello\n");
}

BOOST_AUTO_TEST_CASE(what_has_come_meanwhile_is_read_when_the_answer_is_taken) {
  WorkerRig rig;
  Talk talk(rig);
  talk.script.room = 10;
  BOOST_TEST(talk.say(get_request).what == What::taking);
  BOOST_TEST(talk.say(get_request).what == What::taking);
  BOOST_TEST(rig.handler.handled.size() == 1U);
  talk.script.room = ~std::size_t{0};
  BOOST_TEST(talk.conversation.advance().what == What::request);
  BOOST_TEST(rig.handler.handled.size() == 2U);
}

BOOST_AUTO_TEST_CASE(long_bodies_arrive_whole_whatever_they_are_made_of) {
  const std::string text(100'000, 'y');
  const auto file = std::make_shared<const UniqueFd>(::memfd_create("text", MFD_CLOEXEC));
  BOOST_REQUIRE(::write(file->get(), text.data(), text.size()) ==
                static_cast<ssize_t>(text.size()));
  const auto pull = [&](std::size_t piece) {
    return [&text, piece, at = std::size_t{0}](std::span<char> space) mutable {
      const std::size_t size = text.copy(space.data(), std::min(space.size(), piece), at);
      at += size;
      return size;
    };
  };
  const auto parts = [&] {
    BodyParts made;
    made.emplace_back(text.substr(0, 40'000));
    made.emplace_back(FileRange{file, 40'000, 60'000});
    return made;
  };
  const struct {
    const char* name;
    std::function<ResponseBody()> make;
    bool is_chunked;
  } rows[] = {
      {"a string", [&]() -> ResponseBody { return text; }, false},
      {"a string and a file", [&]() -> ResponseBody { return parts(); }, false},
      {"asked for, of a known size",
       [&]() -> ResponseBody { return PulledBody{.read = pull(9000), .size = text.size()}; },
       false},
      {"asked for", [&]() -> ResponseBody { return PulledBody{.read = pull(9000), .size = {}}; },
       true},
  };
  for (const auto& row : rows) {
    for (const bool is_slow : {false, true}) {
      BOOST_TEST_CONTEXT(row.name << (is_slow ? ", taken bit by bit" : "")) {
        WorkerRig rig;
        rig.handler.on_handle = [&](const Request&) { return Response{.body = row.make()}; };
        Talk talk(rig);
        talk.script.room = is_slow ? 7000 : ~std::size_t{0};
        Awaited awaited = talk.say(get_request);
        for (int count = 0; awaited.what == What::taking && count < 100; ++count) {
          talk.script.room = 7000;
          awaited = talk.conversation.advance();
        }
        BOOST_TEST(awaited.what == What::request);
        const std::string heard = talk.heard();
        BOOST_TEST(std::ranges::count(heard, 'y') == 100'000);
        BOOST_TEST((heard.find("Transfer-Encoding: chunked") != heard.npos) == row.is_chunked);
        BOOST_TEST(rig.entries() == 1U);
        BOOST_TEST(rig.in_flight() == 0U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_out_of_a_pipe_is_waited_for) {
  WorkerRig rig;
  SocketPair pipe;
  const int source = pipe.theirs.get();
  rig.handler.on_handle = [&](const Request&) {
    return Response{
        .body = StreamedBody{.head = "a", .source = std::move(pipe.theirs), .silence_max = 3s}};
  };
  Talk talk(rig);
  const Awaited awaited = talk.say(get_request);
  BOOST_TEST(awaited.what == What::source);
  BOOST_TEST((awaited.deadline <= rig.context.now + 3s));
  BOOST_TEST((awaited.deadline > rig.context.now + 2s));
  BOOST_TEST(talk.conversation.source() == source);
  rig.context.now = rig.context.now + 1s;
  const Awaited again = talk.conversation.advance();
  BOOST_TEST((again.deadline == awaited.deadline));  // Nothing has come: the time runs.
  BOOST_REQUIRE(::send(pipe.ours.get(), "b", 1, 0) == 1);
  BOOST_TEST((talk.conversation.advance().deadline > awaited.deadline));
  pipe.ours.reset();
  BOOST_TEST(talk.conversation.advance().what == What::request);
  BOOST_TEST(answer_of(talk.heard()) == "200 1\r\na\r\n1\r\nb\r\n0\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_body_that_breaks_off_is_cut_off_and_noted) {
  SocketPair pipe;
  const struct {
    const char* name;
    std::function<ResponseBody()> make;
    const char* note;
  } rows[] = {
      {"it throws",
       []() -> ResponseBody {
         return PulledBody{
             .read = [](std::span<char>) -> std::size_t { throw std::runtime_error("gone"); },
             .size = {}};
       },
       "response cut off: gone"},
      {"it is shorter than it said",
       []() -> ResponseBody {
         return PulledBody{.read = [](std::span<char>) -> std::size_t { return 0; }, .size = 5};
       },
       "response cut off: it has become shorter"},
      {"its file is shorter",
       []() -> ResponseBody {
         BodyParts parts;
         parts.emplace_back(FileRange{
             std::make_shared<const UniqueFd>(::open("/dev/null", O_RDONLY | O_CLOEXEC)), 0, 9});
         return parts;
       },
       "response cut off: its file has become shorter"},
      {"its program says more than it may",
       [&]() -> ResponseBody {
         return StreamedBody{.head = "too long", .source = std::move(pipe.theirs), .size_max = 3};
       },
       "response cut off: it is too long"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      WorkerRig rig;
      rig.handler.on_handle = [&](const Request&) { return Response{.body = row.make()}; };
      Talk talk(rig);
      const Awaited awaited = talk.say(get_request + get_request);
      BOOST_TEST((awaited.what == What::nothing || awaited.what == What::closing));
      BOOST_TEST(rig.handler.handled.size() == 1U);
      const auto told = rig.told();
      BOOST_REQUIRE(told.size() == 1U);
      BOOST_TEST(told[0] == row.note);
      BOOST_TEST(rig.errors() == 1U);
      BOOST_TEST(rig.in_flight() == 0U);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
