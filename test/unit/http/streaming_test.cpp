// Answers whose bodies come bit by bit.

#include <boost/test/unit_test.hpp>

#include "fetch.hpp"
#include "http/server_session.hpp"

BOOST_AUTO_TEST_SUITE(streaming)

namespace {

using brood::FieldView;
using brood::ServerSession;
using brood::SessionLimits;
using brood::test::Exchange;
using brood::test::Fetcher;
using Step = ServerSession::Step;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A session at its first request, which is whole.
struct AtRequest : ServerSession {
  explicit AtRequest(std::string_view bytes) : ServerSession(SessionLimits{}) {
    start();
    std::copy(bytes.begin(), bytes.end(), space().begin());
    received(bytes.size());
    BOOST_REQUIRE((next() == Step::head));
    admit(false);
    BOOST_REQUIRE((next() == Step::request));
  }

  std::string take() {
    std::string bytes{output()};
    sent(bytes.size());
    return bytes;
  }

  /// The rest of the bytes behind the head, of which the lines are checked elsewhere.
  std::string take_body() {
    const std::string bytes = take();
    return bytes.substr(bytes.find("\r\n\r\n") + 4);
  }
};

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_framing_follows_from_size_version_and_status) {
  const struct {
    std::string_view name, request;
    int status;
    std::optional<std::uint64_t> size;
    std::string_view fields, body;  // What must be among the one, and all of the other.
    bool kept;
  } rows[]{
      {"sized", get, 200, 5, "\r\nContent-Length: 5\r\n", "hello", true},
      {"empty", get, 200, 0, "\r\nContent-Length: 0\r\n", "", true},
      {"chunked",
       get,
       200,
       {},
       "\r\nTransfer-Encoding: chunked\r\n",
       "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
       true},
      {"until close in 1.0",
       "GET / HTTP/1.0\r\n\r\n",
       200,
       {},
       "\r\nConnection: close\r\n",
       "hello",
       false},
      {"until close in spite of keep-alive",
       "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       200,
       {},
       "\r\nConnection: close\r\n",
       "hello",
       false},
      {"sized in 1.0", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, 5,
       "\r\nContent-Length: 5\r\nConnection: keep-alive\r\n", "hello", true},
      {"sized to HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 200, 5, "\r\nContent-Length: 5\r\n",
       "", true},
      {"chunked to HEAD",
       "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
       200,
       {},
       "\r\nTransfer-Encoding: chunked\r\n",
       "",
       true},
      {"204", get, 204, {}, "HTTP/1.1 204 No Content\r\n", "", true},
      {"204 with a size", get, 204, 5, "HTTP/1.1 204 No Content\r\n", "", true},
      {"304 with a size", get, 304, 5, "HTTP/1.1 304 Not Modified\r\n", "", true},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      AtRequest session(row.request);
      BOOST_TEST(session.begin_response(row.status, {}, row.size));
      BOOST_TEST((session.next() == Step::request));  // Until it is ended.
      const std::string head{session.output()};
      BOOST_TEST(has(head, row.fields), head);
      const bool frames_none = row.status != 200;
      BOOST_TEST(!(frames_none && has(head, "Content-Length")));
      BOOST_TEST(!(frames_none && has(head, "Transfer-Encoding")));
      BOOST_TEST(!(has(head, "Content-Length") && has(head, "Transfer-Encoding")));
      BOOST_TEST(!(session.wants_response_body() && row.request.starts_with("HEAD")));
      for (const std::string_view piece : {"he", "", "llo"}) session.write_body(piece);
      session.end_response();
      BOOST_TEST(session.take_body() == row.body);
      BOOST_TEST((session.next() == (row.kept ? Step::need_bytes : Step::close)));
      BOOST_TEST(session.status() == row.status);
    }
}

BOOST_AUTO_TEST_CASE(fields_are_sent_and_bad_ones_become_a_500) {
  const FieldView good[]{{"Content-Type", "a/b"}};
  AtRequest session(get);
  BOOST_TEST(session.begin_response(206, good, {}));
  BOOST_TEST(has(session.take(), "\r\nContent-Type: a/b\r\n"));
  session.end_response();

  const FieldView bad[]{{"Location", "/\r\nSet-Cookie: a"}};
  AtRequest other(get);
  BOOST_TEST(!other.begin_response(302, bad, {}));
  BOOST_TEST(other.take().starts_with("HTTP/1.1 500 "));
  BOOST_TEST((other.next() == Step::need_bytes));
}

BOOST_AUTO_TEST_CASE(more_than_the_size_is_dropped) {
  AtRequest session(get);
  session.begin_response(200, {}, 4);
  session.write_body("abc");
  BOOST_TEST(session.body_missing() == 1u);
  session.write_body("def");
  session.write_body("ghi");
  BOOST_TEST(session.body_missing() == 0u);
  session.end_response();
  BOOST_TEST(session.take_body() == "abcd");
  BOOST_TEST((session.next() == Step::need_bytes));
}

BOOST_AUTO_TEST_CASE(bytes_that_went_out_another_way_count) {
  AtRequest session(get);
  session.begin_response(200, {}, 10);
  session.write_body("abc");
  session.take();
  session.body_sent(6);
  BOOST_TEST(session.body_missing() == 1u);
  session.write_body("xyz");
  session.end_response();
  BOOST_TEST(session.take() == "x");
  BOOST_TEST((session.next() == Step::need_bytes));
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_can_be_seen_by_the_client) {
  const struct {
    std::string_view name;
    std::optional<std::uint64_t> size;
    bool aborts;  // Otherwise it is ended though it is short.
  } rows[]{{"chunked", {}, true}, {"sized", 9, true}, {"sized and short", 9, false}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      AtRequest session(std::string(get).append(get));
      session.begin_response(200, {}, row.size);
      session.write_body("hello");
      if (row.aborts) session.abort_response();
      if (!row.aborts) session.end_response();
      BOOST_TEST((session.next() == Step::close));  // The second request is not answered.
      const Exchange seen = Fetcher{}.run(session.take());
      BOOST_TEST(!seen.is_done, seen.events);
      BOOST_TEST(has(seen.events, "hello"));
    }
}

BOOST_AUTO_TEST_CASE(an_abort_of_what_has_no_body_closes_too) {
  AtRequest session("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  session.begin_response(200, {}, {});
  session.abort_response();
  BOOST_TEST((session.next() == Step::close));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_follow_a_streamed_answer) {
  AtRequest session(std::string(get) + "PUT /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" +
                    std::string(get));
  session.begin_response(200, {}, {});
  session.write_body("one");
  session.end_response();
  BOOST_REQUIRE((session.next() == Step::head));
  BOOST_TEST(session.path() == "/2");
  session.admit(true);
  BOOST_REQUIRE((session.next() == Step::body));
  BOOST_TEST(session.body_piece() == "ab");
  BOOST_REQUIRE((session.next() == Step::request));
  session.begin_response(200, {}, 3);
  session.write_body("two");
  session.end_response();
  BOOST_REQUIRE((session.next() == Step::head));
  session.admit(false);
  session.respond(200, {}, "three");

  const std::string all = session.take();
  Fetcher fetcher;
  std::string_view rest = all;
  for (const std::string_view body : {"one", "two", "three"}) {
    fetcher.session().start();
    const Exchange got = fetcher.run(rest);
    BOOST_TEST(has(got.events, "body " + std::string(body) + "\ndone\n"), got.events);
    rest.remove_prefix(rest.size() - fetcher.session().unread().size());
  }
  BOOST_TEST(rest.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_may_be_sent_while_it_grows) {
  AtRequest session(get);
  session.begin_response(200, {}, {});
  std::string all = session.take();
  std::string body;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(static_cast<std::size_t>(1 + i * 37), static_cast<char>('a' + i % 26));
    session.write_body(piece);
    body += piece;
    all += session.take();
  }
  session.end_response();
  all += session.take();
  const Exchange got = Fetcher{}.run(all);
  BOOST_TEST(got.may_be_reused);
  BOOST_TEST(has(got.events, "body " + body + "\ndone\n"));
}

BOOST_AUTO_TEST_SUITE_END()
