#include "http/server_session.hpp"

#include <boost/test/unit_test.hpp>

#include "drive.hpp"

BOOST_AUTO_TEST_SUITE(server_session)

namespace {

using brood::FieldView;
using brood::ServerSession;
using brood::SessionLimits;
using brood::test::count;
using brood::test::Driver;
using brood::test::Ending;
using brood::test::test_date;
using brood::test::Transcript;
using Step = ServerSession::Step;

constexpr std::string_view upload_head = "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n";

void feed(ServerSession& session, std::string_view bytes) {
  const auto space = session.space();
  BOOST_REQUIRE(bytes.size() <= space.size());
  std::copy(bytes.begin(), bytes.end(), space.begin());
  session.received(bytes.size());
}

/// A session at its first head.
struct AtHead {
  explicit AtHead(std::string_view head) {
    session.start();
    session.set_date(test_date);
    feed(session, head);
    BOOST_REQUIRE((session.next() == Step::head));
  }
  ServerSession session{SessionLimits{}};
};

}  // namespace

BOOST_AUTO_TEST_CASE(an_answer_is_written_to_the_letter) {
  Driver driver;
  BOOST_TEST(driver.run("GET / HTTP/1.1\r\nHost: a\r\n\r\n").output ==
             "HTTP/1.1 200 OK\r\nServer: brood/" BROOD_VERSION
             "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
             "Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nGET / ");
  BOOST_TEST(driver.run("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").output ==
             "HTTP/1.1 200 OK\r\nServer: brood/" BROOD_VERSION
             "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
             "Content-Type: text/plain\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\n"
             "GET / ");
  BOOST_TEST(driver.run("GET / HTTP/1.1\r\n\r\n").output ==
             "HTTP/1.1 400 Bad Request\r\nServer: brood/" BROOD_VERSION
             "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
             "Content-Type: text/plain\r\nContent-Length: 33\r\nConnection: close\r\n\r\n"
             "400 Bad Request: Host is missing\n");
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  std::string all;
  std::string events;
  for (int i = 0; i < 5000; ++i) {
    const std::string target = "/want" + std::to_string(i);
    all += "PUT " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    events += "head PUT " + target + " with body\nrequest abc\n";
  }
  Driver driver;
  const Transcript got = driver.run(all);
  BOOST_TEST((got.events == events + "body \nclose\n"));
  BOOST_TEST(count(got.output, "HTTP/1.1 200 OK\r\n") == 5000u);
  BOOST_TEST(got.output.ends_with("PUT /want4999 abc"));
}

BOOST_AUTO_TEST_CASE(a_body_finds_room_though_its_head_filled_the_buffer) {
  const std::string put = "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n";
  const auto get_of = [](std::size_t size) {
    const std::string_view rest = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size - rest.size(), 'x') + "\r\n\r\n";
  };
  ServerSession session{SessionLimits{}};
  session.start();
  std::string all;
  for (int i = 0; i < 4; ++i) all += get_of(16 * 1024);
  all += get_of(session.space().size() - all.size() - put.size()) + put;
  feed(session, all);
  for (int i = 0; i < 5; ++i) {
    BOOST_REQUIRE((session.next() == Step::head));
    session.admit(true);
    session.respond(200, {}, "");
  }
  BOOST_REQUIRE((session.next() == Step::head));
  session.admit(true);
  BOOST_REQUIRE((session.next() == Step::need_bytes));
  feed(session, "abc");
  BOOST_REQUIRE((session.next() == Step::body));
  BOOST_TEST(session.body_piece() == "abc");
  BOOST_TEST(session.target() == "/want");
}

BOOST_AUTO_TEST_CASE(a_request_behind_the_last_is_not_answered) {
  Driver driver;
  const Transcript got =
      driver.run("GET /last HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(got.events == "head GET /last\nrequest \nbody \nclose\n");
  BOOST_TEST(got.output.find("\r\nConnection: close\r\n") != std::string::npos);
  BOOST_TEST(got.wants_linger);
}

BOOST_AUTO_TEST_CASE(answers_to_head_have_length_but_no_body) {
  Driver driver;
  const Transcript got = driver.run("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(got.output.find("\r\nContent-Length: 10\r\n") != std::string::npos);
  BOOST_TEST(got.output.ends_with("\r\n\r\n"));
  const Transcript next =
      driver.run("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(next.output.ends_with("\r\n\r\nGET / "));
}

BOOST_AUTO_TEST_CASE(statuses_without_a_body_have_none) {
  const struct {
    int status;
    bool has_length;
  } rows[]{{204, false}, {304, false}, {205, true}};
  for (const auto& row : rows) {
    AtHead at("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    at.session.admit(false);
    at.session.respond(row.status, {}, "not for this status");
    const std::string output{at.session.output()};
    BOOST_TEST_INFO_SCOPE(output);
    BOOST_TEST(output.ends_with("\r\n\r\n"));
    BOOST_TEST((output.find("Content-Length: 0\r\n") != std::string::npos) == row.has_length);
    BOOST_TEST(count(output, "Content-Length") == (row.has_length ? 1u : 0u));
  }
}

BOOST_AUTO_TEST_CASE(the_body_is_asked_for_only_when_it_is_wanted) {
  const std::string head = std::string(upload_head) + "Expect: 100-continue\r\n\r\n";
  AtHead wanted(head);
  BOOST_TEST(wanted.session.output().empty());
  wanted.session.admit(true);
  BOOST_TEST(wanted.session.output() == "HTTP/1.1 100 Continue\r\n\r\n");
  BOOST_TEST((wanted.session.next() == Step::need_bytes));
  wanted.session.sent(wanted.session.output().size());
  feed(wanted.session, "hello");
  BOOST_TEST((wanted.session.next() == Step::body));
  BOOST_TEST(wanted.session.body_piece() == "hello");
  BOOST_TEST((wanted.session.next() == Step::request));
  BOOST_TEST(!wanted.session.must_close());

  AtHead unwanted(head);
  unwanted.session.admit(false);
  BOOST_REQUIRE((unwanted.session.next() == Step::request));  // It waits for no byte.
  BOOST_TEST(unwanted.session.must_close());
  unwanted.session.respond(200, {}, "done");
  BOOST_TEST(unwanted.session.output().find("100 Continue") == std::string::npos);
  BOOST_TEST(unwanted.session.output().find("\r\nConnection: close\r\n") != std::string::npos);
  BOOST_TEST((unwanted.session.next() == Step::close));
  BOOST_TEST(unwanted.session.wants_linger());
}

BOOST_AUTO_TEST_CASE(expectations_of_1_0_are_ignored) {
  for (const std::string_view expectation : {"100-continue", "something"}) {
    AtHead at("PUT / HTTP/1.0\r\nContent-Length: 1\r\nExpect: " + std::string(expectation) +
              "\r\n\r\n");
    at.session.admit(true);
    BOOST_TEST(at.session.output().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_caller_refuses_without_reading_the_body) {
  AtHead at(std::string(upload_head) + "\r\nhel");
  at.session.refuse(403);
  BOOST_TEST(at.session.status() == 403);
  BOOST_TEST(at.session.refused_status() == 0);  // It was not the session's doing.
  BOOST_TEST(at.session.output().ends_with("\r\nConnection: close\r\n\r\n403 Forbidden\n"));
  BOOST_TEST((at.session.next() == Step::close));
  BOOST_TEST(at.session.wants_linger());
}

BOOST_AUTO_TEST_CASE(a_caller_refuses_amid_the_body) {
  AtHead at(std::string(upload_head) + "\r\nhel");
  at.session.admit(true);
  BOOST_REQUIRE((at.session.next() == Step::body));
  at.session.refuse(503);
  BOOST_TEST((at.session.next() == Step::close));
  BOOST_TEST(at.session.wants_linger());
}

BOOST_AUTO_TEST_CASE(a_refusal_without_a_body_outstanding_keeps_the_connection) {
  AtHead at("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  const FieldView allow[]{{"Allow", "PUT"}};
  at.session.refuse(405, allow);
  BOOST_TEST(at.session.output().find("\r\nAllow: PUT\r\n") != std::string::npos);
  BOOST_TEST(at.session.output().find("Connection") == std::string::npos);
  BOOST_TEST((at.session.next() == Step::head));
  BOOST_TEST(at.session.target() == "/2");
}

BOOST_AUTO_TEST_CASE(a_step_is_repeated_until_it_is_dealt_with) {
  AtHead at("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST((at.session.next() == Step::head));
  at.session.admit(true);
  BOOST_TEST((at.session.next() == Step::request));
  BOOST_TEST((at.session.next() == Step::request));
  at.session.set_closing();
  at.session.respond(200, {}, "");
  BOOST_TEST((at.session.next() == Step::close));
  BOOST_TEST((at.session.next() == Step::close));
}

BOOST_AUTO_TEST_CASE(time_out_is_told_only_to_who_has_begun) {
  const struct {
    std::string_view name, request;
    int status;
    bool has_answer;
  } rows[]{
      {"nothing came", "", 0, false},
      {"empty lines came", "\r\n\r\n", 0, false},
      {"half an empty line came", "\r\n\r", 0, false},
      {"one byte came", "G", 408, true},
      {"half a head came", "GET / HTTP/1.1\r\nHost", 408, true},
      {"half a body came", "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na", 408,
       true},
      {"half a body came that is not wanted",
       "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na", 408, true},
      {"one was answered", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0, true},
      {"one was answered, another begun", "GET / HTTP/1.1\r\nHost: a\r\n\r\nG", 408, true},
  };
  Driver driver;
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const Transcript got = driver.run(row.request, Ending::time_out);
    BOOST_TEST(got.refused_status == row.status);
    BOOST_TEST(got.wants_linger == (row.status != 0));
    BOOST_TEST(got.output.empty() != row.has_answer);
  }
}

BOOST_AUTO_TEST_CASE(time_out_has_no_effect_while_the_caller_is_at_work) {
  AtHead at("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  at.session.timed_out();
  BOOST_TEST((at.session.next() == Step::head));
  at.session.admit(false);
  at.session.timed_out();
  BOOST_TEST((at.session.next() == Step::request));
}

BOOST_AUTO_TEST_CASE(a_client_that_sends_nothing_and_leaves_is_told_nothing) {
  for (const std::string_view request : {"", "\r\n", "\r"}) {
    Driver driver;
    const Transcript got = driver.run(request);
    BOOST_TEST(got.output.empty());
    BOOST_TEST(!got.wants_linger);
  }
}

BOOST_AUTO_TEST_CASE(in_request_says_whether_a_request_has_begun) {
  ServerSession session{SessionLimits{}};
  session.start();
  BOOST_TEST(!session.in_request());
  feed(session, "\r\n");
  BOOST_TEST((session.next() == Step::need_bytes));
  BOOST_TEST(!session.in_request());
  feed(session, "G");
  BOOST_TEST(session.in_request());
  feed(session, "ET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST((session.next() == Step::head));
  session.admit(false);
  BOOST_TEST(session.in_request());
  session.respond(200, {}, "");
  BOOST_TEST(!session.in_request());
}

BOOST_AUTO_TEST_CASE(a_draining_shell_closes_between_requests_but_not_before_the_first) {
  ServerSession session{SessionLimits{}};
  session.start();
  session.set_closing();
  BOOST_TEST((session.next() == Step::need_bytes));
  feed(session, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST((session.next() == Step::head));
  session.admit(false);
  session.respond(200, {}, "");
  BOOST_TEST(session.output().find("\r\nConnection: close\r\n") != std::string::npos);
  BOOST_TEST((session.next() == Step::close));

  session.start();
  BOOST_TEST(!session.must_close());
  feed(session, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST((session.next() == Step::head));
  session.admit(false);
  session.respond(200, {}, "");
  BOOST_TEST((session.next() == Step::need_bytes));
  session.set_closing();
  BOOST_TEST((session.next() == Step::close));
  BOOST_TEST(!session.wants_linger());
}

BOOST_AUTO_TEST_CASE(a_new_connection_knows_nothing_of_the_last) {
  Driver driver;
  const std::string_view request = "GET /want HTTP/1.1\r\nHost: a\r\n\r\n";
  const Transcript fresh = driver.run(request);
  for (const std::string_view before :
       {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/9.1\r\n", "GET /last HTTP/1.0\r\n\r\n",
        "PUT /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n"}) {
    driver.run(before);
    BOOST_TEST((driver.run(request) == fresh));
  }
}

BOOST_AUTO_TEST_CASE(output_may_be_sent_in_parts) {
  AtHead at("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  at.session.admit(false);
  at.session.respond(200, {}, std::string(200'000, 'x'));
  const std::string whole{at.session.output()};
  std::string sent;
  while (!at.session.output().empty()) {
    const std::string_view part = at.session.output().substr(0, 777);
    sent += part;
    at.session.sent(part.size());
  }
  BOOST_TEST((sent == whole));
}

BOOST_AUTO_TEST_CASE(the_request_can_be_looked_at_until_it_is_answered) {
  AtHead at(
      "POST http://b.example:81/p%20q?x=y HTTP/1.1\r\nHost: a\r\nX-One: 1\r\nx-one: 2\r\n"
      "Content-Length: 5\r\n\r\n");
  at.session.admit(true);
  BOOST_TEST((at.session.next() == Step::need_bytes));
  for (const std::string_view byte : {"h", "e", "l", "l", "o"}) {
    feed(at.session, byte);
    BOOST_TEST((at.session.next() == Step::body));
    BOOST_TEST(at.session.body_piece() == byte);
    BOOST_TEST((at.session.next() == (byte == "o" ? Step::request : Step::need_bytes)));
  }
  BOOST_TEST(at.session.method() == "POST");
  BOOST_TEST(at.session.target() == "http://b.example:81/p%20q?x=y");
  BOOST_TEST(at.session.path() == "/p%20q");
  BOOST_TEST(at.session.head().line.parts.query == "x=y");
  BOOST_TEST(at.session.head().host == "b.example:81");
  BOOST_TEST(at.session.field("X-ONE").value_or("none") == "1");
  BOOST_TEST(at.session.field("X-Two").value_or("none") == "none");
}

BOOST_AUTO_TEST_CASE(no_response_is_split_by_a_handler) {
  using namespace std::string_view_literals;
  const struct {
    std::string_view name;
    FieldView field;
    int status;
  } rows[]{
      {"CRLF in a value", {"Location", "/x\r\nSet-Cookie: a=b"}, 302},
      {"response in a value", {"Location", "/x\r\n\r\nHTTP/1.1 200 OK\r\n"}, 302},
      {"LF in a value", {"Location", "/x\nSet-Cookie: a=b"}, 302},
      {"CR in a value", {"Location", "/x\rSet-Cookie: a=b"}, 302},
      {"NUL in a value", {"Location", "/x\0"sv}, 302},
      {"CRLF in a name", {"A: b\r\nSet-Cookie", "a=b"}, 200},
      {"space in a name", {"Set-Cookie ", "a=b"}, 200},
      {"colon in a name", {"Set-Cookie:", "a=b"}, 200},
      {"no name", {"", "a=b"}, 200},
      {"Content-Length", {"content-length", "9999"}, 200},
      {"Transfer-Encoding", {"Transfer-Encoding", "chunked"}, 200},
      {"Connection", {"CONNECTION", "keep-alive"}, 200},
      {"Date", {"Date", "today"}, 200},
      {"Server", {"Server", "other"}, 200},
      {"an interim status", {"A", "b"}, 100},
      {"no status", {"A", "b"}, 0},
      {"a status of four digits", {"A", "b"}, 2000},
  };
  for (const auto& row : rows)
    for (const bool refuses : {false, true}) {
      BOOST_TEST_INFO_SCOPE(row.name);
      AtHead at("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      if (!refuses) at.session.admit(false);
      if (refuses) at.session.refuse(row.status, {&row.field, 1});
      if (!refuses) at.session.respond(row.status, {&row.field, 1}, "body");
      BOOST_TEST(at.session.status() == 500);
      BOOST_TEST(at.session.output() ==
                 "HTTP/1.1 500 Internal Server Error\r\nServer: brood/" BROOD_VERSION
                 "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain\r\n"
                 "Content-Length: 26\r\n\r\n500 Internal Server Error\n");
      BOOST_TEST((at.session.next() == Step::need_bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()
