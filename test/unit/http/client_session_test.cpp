#include "http/client_session.hpp"

#include <boost/test/unit_test.hpp>

#include "fetch.hpp"

BOOST_AUTO_TEST_SUITE(client_session)

namespace {

using namespace std::string_view_literals;
using brood::ClientSession;
using brood::FieldView;
using brood::OutgoingRequest;
using brood::SessionLimits;
using brood::test::Exchange;
using brood::test::Fetcher;
using Step = ClientSession::Step;

void feed(ClientSession& session, std::string_view bytes) {
  const auto space = session.space();
  BOOST_REQUIRE(bytes.size() <= space.size());
  std::copy(bytes.begin(), bytes.end(), space.begin());
  session.received(bytes.size());
}

std::string take_output(ClientSession& session) {
  std::string output{session.output()};
  session.sent(output.size());
  return output;
}

struct Fresh : ClientSession {
  Fresh() : ClientSession(SessionLimits{}) { start(); }
};

/// What follows a status line, cut everywhere.
void check_like_whole(Fetcher& fetcher, std::string_view bytes, const Exchange& whole) {
  for (std::size_t at = 1; at < bytes.size(); ++at) {
    const std::array pieces{bytes.substr(0, at), bytes.substr(at)};
    BOOST_TEST((fetcher.run(pieces).events == whole.events), "cut at " << at);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_request_is_written_to_the_letter) {
  const FieldView fields[]{{"Accept", "*/*"}, {"X-A", "b"}};
  Fresh session;
  BOOST_TEST(session.begin_request({.method = "GET",
                                    .target = "/a?b",
                                    .host = "a.example:81",
                                    .fields = fields,
                                    .connection = "close"}));
  BOOST_TEST(session.output() ==
             "GET /a?b HTTP/1.1\r\nHost: a.example:81\r\nAccept: */*\r\nX-A: b\r\n"
             "Connection: close\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_body_goes_out_by_length_or_in_chunks) {
  const struct {
    std::string_view name;
    std::optional<std::uint64_t> size;
    bool is_chunked;
    std::string_view output;
  } rows[]{
      {"none", {}, false, "PUT / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"empty", 0, false, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"},
      {"sized", 5, false, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"},
      {"longer than said", 3, false, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nhel"},
      {"chunked",
       {},
       true,
       "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
       "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Fresh session;
      BOOST_TEST(session.begin_request({.method = "PUT",
                                        .target = "/",
                                        .host = "a",
                                        .content_length = row.size,
                                        .is_chunked = row.is_chunked}));
      for (const std::string_view piece : {"he", "", "llo"}) session.write_body(piece);
      session.end_request();
      BOOST_TEST(take_output(session) == row.output);
      feed(session, "HTTP/1.1 204 No Content\r\n\r\n");
      BOOST_TEST((session.next() == Step::head));
      BOOST_TEST((session.next() == Step::done));
      BOOST_TEST(session.may_be_reused());
    }
}

BOOST_AUTO_TEST_CASE(a_request_whose_body_is_short_fails) {
  Fresh session;
  session.begin_request({.method = "PUT", .target = "/", .host = "a", .content_length = 5});
  session.write_body("hell");
  session.end_request();
  BOOST_TEST((session.next() == Step::failed));
  BOOST_TEST(!session.failure().empty());
  BOOST_TEST(!session.may_be_reused());
}

BOOST_AUTO_TEST_CASE(no_request_is_split) {
  const FieldView split[]{{"A", "b\r\nC: d"}};
  const FieldView length[]{{"content-length", "1"}};
  const FieldView host[]{{"Host", "b"}};
  const struct {
    std::string_view name;
    OutgoingRequest request;
  } rows[]{
      {"space in the method", {.method = "GET /", .target = "/", .host = "a"}},
      {"no method", {.method = "", .target = "/", .host = "a"}},
      {"no target", {.method = "GET", .target = "", .host = "a"}},
      {"space in the target", {.method = "GET", .target = "/ HTTP/1.1", .host = "a"}},
      {"line end in the target", {.method = "GET", .target = "/\r\n", .host = "a"}},
      {"NUL in the target", {.method = "GET", .target = "/\0"sv, .host = "a"}},
      {"line end in the host", {.method = "GET", .target = "/", .host = "a\r\nB: c"}},
      {"line end in a field", {.method = "GET", .target = "/", .host = "a", .fields = split}},
      {"framing of the caller", {.method = "GET", .target = "/", .host = "a", .fields = length}},
      {"a second Host", {.method = "GET", .target = "/", .host = "a", .fields = host}},
      {"line end in Connection",
       {.method = "GET", .target = "/", .host = "a", .connection = "x\r\n"}},
      {"both framings",
       {.method = "PUT", .target = "/", .host = "a", .content_length = 1, .is_chunked = true}},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Fresh session;
      BOOST_TEST(!session.begin_request(row.request));
      BOOST_TEST(session.output().empty());
    }
}

BOOST_AUTO_TEST_CASE(a_sound_response_is_read) {
  // `reused`: whether the connection is there for another request.
  const struct {
    std::string_view name, section, method, response, events;
    bool reused;
  } rows[]{
      {"by length", "6.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
       "head 200\nContent-Length=3\nbody abc\ndone\n", true},
      {"empty", "6.2", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
       "head 200\nContent-Length=0\nbody \ndone\n", true},
      {"chunked", "7.1", "GET",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
       "head 200\nTransfer-Encoding=Chunked\nbody abc\ndone\n", true},
      {"until close", "6.3", "GET", "HTTP/1.1 200 OK\r\nX: y\r\n\r\nabc",
       "head 200\nX=y\nbody abc\ndone\n", false},
      {"nothing until close", "6.3", "GET", "HTTP/1.1 200 OK\r\n\r\n", "head 200\nbody \ndone\n",
       false},
      {"to HEAD by length", "6.3", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
       "head 200\nContent-Length=3\nbody \ndone\n", true},
      {"chunked with blanks behind a size", "7.1.1", "GET",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3 \t\r\nabc\r\n0  \r\n\r\n",
       "head 200\nTransfer-Encoding=chunked\nbody abc\ndone\n", true},
      {"to HEAD chunked", "6.3", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
       "head 200\nTransfer-Encoding=chunked\nbody \ndone\n", true},
      {"to HEAD without framing", "6.3", "HEAD", "HTTP/1.1 200 OK\r\n\r\n",
       "head 200\nbody \ndone\n", true},
      {"204", "6.3", "GET", "HTTP/1.1 204 No Content\r\n\r\n", "head 204\nbody \ndone\n", true},
      {"304 with a length", "6.3", "GET", "HTTP/1.1 304 x\r\nContent-Length: 9\r\n\r\n",
       "head 304\nContent-Length=9\nbody \ndone\n", true},
      {"interim ones before", "9110 15.2", "GET",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
       "head 200\nContent-Length=1\nbody a\ndone\n", true},
      {"switching protocols", "9110 15.2.2", "GET",
       "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nelse",
       "head 101\nUpgrade=x\nbody \ndone\n", false},
      {"close", "9.6", "GET",
       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close\r\n\r\n",
       "head 200\nContent-Length=0\nConnection=x, Close\nbody \ndone\n", false},
      {"1.0", "9.3", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
       "head 200\nContent-Length=1\nbody a\ndone\n", false},
      {"1.0 kept", "9.3", "GET",
       "HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\na",
       "head 200\nContent-Length=1\nConnection=keep-alive\nbody a\ndone\n", true},
      {"1.0 until close", "6.3", "GET", "HTTP/1.0 200 OK\r\n\r\nabc", "head 200\nbody abc\ndone\n",
       false},
      {"1.7 as 1.1", "9110 2.5", "GET", "HTTP/1.7 200 OK\r\nContent-Length: 0\r\n\r\n",
       "head 200\nContent-Length=0\nbody \ndone\n", true},
      {"no reason", "4", "GET", "HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
       "head 404\nContent-Length=0\nbody \ndone\n", true},
      {"no space before no reason", "4", "GET", "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
       "head 404\nContent-Length=0\nbody \ndone\n", true},
      {"more than was asked for", "9.2", "GET",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n",
       "head 200\nContent-Length=1\nbody a\ndone\n", false},
      {"a body where none can be", "6.3", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
       "head 200\nContent-Length=1\nbody \ndone\n", false},
  };
  Fetcher fetcher;
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name << ", section " << row.section) {
      const Exchange got = fetcher.run(row.response, row.method);
      BOOST_TEST(got.events == row.events);
      BOOST_TEST(got.may_be_reused == row.reused);
      if (row.method == "GET") check_like_whole(fetcher, row.response, got);
    }
}

BOOST_AUTO_TEST_CASE(what_is_broken_or_ambiguous_fails) {
  const struct {
    std::string_view name, section, response;
  } rows[]{
      {"nothing", "8", ""sv},
      {"no HTTP", "4", "SSH-2.0-OpenSSH\r\n"sv},
      {"an empty line before", "4", "\r\nHTTP/1.1 200 OK\r\n\r\n"sv},
      {"another major version", "2.3", "HTTP/2.0 200 OK\r\n\r\n"sv},
      {"version malformed", "2.3", "HTTP/1.10 200 OK\r\n\r\n"sv},
      {"status of two digits", "4", "HTTP/1.1 20 OK\r\n\r\n"sv},
      {"status of four digits", "4", "HTTP/1.1 2000 OK\r\n\r\n"sv},
      {"status 99", "9110 15", "HTTP/1.1 099 OK\r\n\r\n"sv},
      {"status 600", "9110 15", "HTTP/1.1 600 OK\r\n\r\n"sv},
      {"two spaces", "4", "HTTP/1.1  200 OK\r\n\r\n"sv},
      {"tab before the status", "4", "HTTP/1.1\t200 OK\r\n\r\n"sv},
      {"NUL in the reason", "4", "HTTP/1.1 200 O\0K\r\n\r\n"sv},
      {"CR in the reason", "2.2", "HTTP/1.1 200 O\rK\r\n\r\n"sv},
      {"LF alone", "2.2", "HTTP/1.1 200 OK\nX: y\n\n"sv},
      {"obs-fold", "5.2", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\n"sv},
      {"space before the colon", "5.1", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\na"sv},
      {"length and coding", "6.3",
       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv},
      {"two lengths", "6.3",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"sv},
      {"list of lengths", "6.3", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na"sv},
      {"length +1", "9110 8.6", "HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na"sv},
      {"bad length with 304", "6.3", "HTTP/1.1 304 x\r\nContent-Length: x\r\n\r\n"sv},
      {"gzip", "6.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx"sv},
      {"chunked twice", "6.1",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"sv},
      {"xchunked", "6.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"sv},
      {"chunked in 1.0", "6.1", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv},
      {"torn status line", "8", "HTTP/1.1 200"sv},
      {"torn head", "8", "HTTP/1.1 200 OK\r\nX: y\r\n"sv},
      {"torn body", "8", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"sv},
      {"torn chunk", "8", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"sv},
      {"no last chunk", "8", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"sv},
      {"bad chunk", "7.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"sv},
      {"only an interim one", "9110 15.2", "HTTP/1.1 100 Continue\r\n\r\n"sv},
      {"interim with a bad length", "6.3",
       "HTTP/1.1 100 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"sv},
  };
  Fetcher fetcher;
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name << ", section " << row.section) {
      const Exchange got = fetcher.run(row.response);
      BOOST_TEST(!got.is_done, got.events);
      BOOST_TEST(!got.may_be_reused);
      check_like_whole(fetcher, row.response, got);
    }
}

BOOST_AUTO_TEST_CASE(the_limits_hold_for_responses) {
  Fetcher fetcher{{.max_header_bytes = 100, .max_headers = 2, .max_body_bytes = 5}};
  const std::string head = "HTTP/1.1 200 OK\r\n";
  const struct {
    std::string name, response;
    bool is_done;
  } rows[]{
      {"most fields", head + "A: b\r\nContent-Length: 0\r\n\r\n", true},
      {"too many fields", head + "A: b\r\nC: d\r\nE: f\r\n\r\n", false},
      {"head too long", head + "A: " + std::string(100, 'b') + "\r\n\r\n", false},
      {"longest body", head + "Content-Length: 5\r\n\r\n12345", true},
      {"body too long", head + "Content-Length: 6\r\n\r\n123456", false},
      {"longest chunks", head + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", true},
      {"chunks too long", head + "Transfer-Encoding: chunked\r\n\r\n6\r\n", false},
      {"until close as long as it likes", head + "\r\n123456789", true},
  };
  for (const auto& row : rows)
    BOOST_TEST(fetcher.run(row.response).is_done == row.is_done, row.name);
  std::string interim;
  for (int i = 0; i < 33; ++i) interim += "HTTP/1.1 102 x\r\n\r\n";
  BOOST_TEST(!fetcher.run(interim + head + "\r\n").is_done);
}

BOOST_AUTO_TEST_CASE(a_connection_serves_one_exchange_after_another) {
  Fetcher fetcher;
  const std::string_view response = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  Exchange got = fetcher.run(response);
  for (int i = 0; i < 5; ++i) {
    BOOST_REQUIRE(got.may_be_reused);
    const Exchange again = fetcher.ask(std::span{&response, 1});
    BOOST_TEST((again == got));
  }
}

BOOST_AUTO_TEST_CASE(a_connection_is_kept_only_when_the_exchange_is_complete) {
  const std::string_view response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  Fresh early;
  early.begin_request({.method = "PUT", .target = "/", .host = "a", .content_length = 3});
  take_output(early);
  feed(early, response);
  BOOST_TEST((early.next() == Step::head));  // Before the request's body has gone out.
  BOOST_TEST((early.next() == Step::done));
  BOOST_TEST(!early.may_be_reused());
  early.write_body("abc");
  early.end_request();
  BOOST_TEST(!early.may_be_reused());
  take_output(early);
  BOOST_TEST(early.may_be_reused());
  feed(early, "x");  // Nobody asked for it.
  BOOST_TEST(!early.may_be_reused());

  Fresh closing;
  closing.begin_request({.method = "GET", .target = "/", .host = "a", .connection = "close"});
  take_output(closing);
  feed(closing, response);
  BOOST_TEST((closing.next() == Step::head));
  BOOST_TEST((closing.next() == Step::done));
  BOOST_TEST(!closing.may_be_reused());

  Fresh ended;
  ended.begin_request({.method = "GET", .target = "/", .host = "a"});
  take_output(ended);
  feed(ended, response);
  ended.end_of_input();
  BOOST_TEST((ended.next() == Step::head));
  BOOST_TEST((ended.next() == Step::done));
  BOOST_TEST(!ended.may_be_reused());
}

BOOST_AUTO_TEST_CASE(in_response_tells_whether_another_server_may_be_asked) {
  Fresh session;
  session.begin_request({.method = "GET", .target = "/", .host = "a"});
  BOOST_TEST((session.next() == Step::need_bytes));
  BOOST_TEST(!session.in_response());
  feed(session, "HTTP/1.1 100 x\r\n\r\n");
  BOOST_TEST(session.in_response());
  BOOST_TEST((session.next() == Step::interim));
  BOOST_TEST(session.head().line.status == 100);
  BOOST_TEST((session.next() == Step::need_bytes));
  BOOST_TEST(session.in_response());
}

BOOST_AUTO_TEST_CASE(what_follows_switching_protocols_is_left_alone) {
  Fresh session;
  session.begin_request({.method = "GET", .target = "/", .host = "a"});
  feed(session, "HTTP/1.1 101 x\r\n\r\n\x81\x05hello");
  BOOST_TEST((session.next() == Step::head));
  BOOST_TEST((session.next() == Step::done));
  BOOST_TEST(session.unread() == "\x81\x05hello");
}

BOOST_AUTO_TEST_SUITE_END()
