// What a proxy passes on of a head, RFC 9110, section 7.6, and RFC 9112: as bytes in, bytes out.
#include "http/forwarding.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <string>
#include <string_view>

#include "http/client_session.hpp"
#include "http/server_session.hpp"

namespace {

using namespace brood;

void feed(auto& session, std::string_view bytes) {
  const auto space = session.space();
  BOOST_REQUIRE(bytes.size() <= space.size());
  std::memcpy(space.data(), bytes.data(), bytes.size());
  session.received(bytes.size());
}

/// The head as a server gets it; a status where the request is refused.
std::string pass_request(const std::string& text, std::string_view client,
                         bool is_trusted = false) {
  ServerSession session({}, Role::proxy);
  session.start();
  feed(session, text);
  if (session.next() != ServerSession::Step::head) return std::to_string(session.status());
  ForwardedFields fields;
  fields.set_request(session.head(), client,
                     {.scheme = is_trusted ? told_scheme(session.head()) : std::string_view{}});
  std::string scratch;
  const OutgoingRequest request{.method = session.method(),
                                .target = origin_target(session.head(), scratch),
                                .host = session.head().host,
                                .fields = fields.all(),
                                .upgrade = fields.upgrade()};
  BOOST_TEST(may_be_written(request));
  std::string output;
  write_head(request, output);
  return output;
}

constexpr std::string_view stranger = "192.0.2.7";

const std::string own_fields =
    "X-Forwarded-Host: h\r\nX-Forwarded-Proto: http\r\nX-Forwarded-For: 192.0.2.7\r\n"
    "Forwarded: for=192.0.2.7;host=h;proto=http\r\nVia: 1.1 brood\r\n\r\n";

std::string get(const std::string& fields) {
  return "GET /p?q HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}

std::string passed(const std::string& fields) {
  return "GET /p?q HTTP/1.1\r\nHost: h\r\n" + fields + own_fields;
}

BOOST_AUTO_TEST_SUITE(forwarding)

BOOST_AUTO_TEST_CASE(a_request_is_passed_on_without_what_is_its_connections_own) {
  const struct {
    const char* name;
    std::string request;
    std::string want;
  } rows[] = {
      {"plain", get(""), passed("")},
      {"order, case and repetition stay", get("b: 1\r\nA: 2\r\nb: 3\r\n"),
       passed("b: 1\r\nA: 2\r\nb: 3\r\n")},
      {"Connection itself", get("Connection: keep-alive\r\n"), passed("")},
      {"what Connection names", get("X-A: 1\r\nConnection: close, x-a\r\nX-B: 2\r\n"),
       passed("X-B: 2\r\n")},
      {"what a second Connection names", get("Connection: a\r\nConnection: b\r\nb: 1\r\nc: 2\r\n"),
       passed("c: 2\r\n")},
      {"Connection cannot take away what is added",
       get("Connection: X-Forwarded-For, Via, Forwarded\r\nX-Forwarded-For: 1.1.1.1\r\n"),
       passed("")},
      {"hop by hop",
       get("Keep-Alive: 5\r\nTE: trailers\r\nTrailer: a\r\nProxy-Connection: x\r\n"
           "Proxy-Authorization: x\r\n"),
       passed("")},
      {"a CGI program's proxy", get("Proxy: http://evil\r\n"), passed("")},
      {"an upgrade that Connection does not name", get("Upgrade: websocket\r\n"), passed("")},
      {"other hops' Via", get("Via: 1.0 a, 1.1 b\r\n"), passed("Via: 1.0 a, 1.1 b\r\n")},
      {"Expect", get("Expect: 100-continue\r\n"), passed("")},
      {"no end in sight: Max-Forwards of GET", get("Max-Forwards: 3\r\n"),
       passed("Max-Forwards: 3\r\n")},
      {"two lengths", get("Content-Length: 1\r\nContent-Length: 1\r\n"), "400"},
      {"length and chunks", get("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), "400"},
      {"CONNECT", "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", "501"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) BOOST_TEST(pass_request(row.request, stranger) == row.want);
}

BOOST_AUTO_TEST_CASE(a_client_is_named_behind_those_before_it) {
  const struct {
    const char* name;
    std::string fields;
    std::string_view client;
    const char* want;  ///< Some of the head that goes on.
  } rows[] = {
      {"one address", "", stranger, "X-Forwarded-For: 192.0.2.7\r\n"},
      {"behind another", "X-Forwarded-For: 1.1.1.1\r\n", stranger,
       "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\n"},
      {"lines are joined", "X-Forwarded-For: 1.1.1.1\r\nx-forwarded-for: 2.2.2.2\r\n", stranger,
       "X-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.7\r\n"},
      {"IPv6", "", "2001:db8::1", "Forwarded: for=\"[2001:db8::1]\";host=h;proto=http\r\n"},
      {"a unix socket", "", "", "Forwarded: for=unknown;host=h;proto=http\r\n"},
      {"Forwarded grows", "Forwarded: for=1.1.1.1\r\n", stranger,
       "Forwarded: for=1.1.1.1, for=192.0.2.7;host=h;proto=http\r\n"},
      {"a stranger's scheme is not believed", "X-Forwarded-Proto: https\r\n", stranger,
       "\r\nX-Forwarded-Proto: http\r\n"},
      {"nor is its host", "X-Forwarded-Host: evil\r\n", stranger, "\r\nX-Forwarded-Host: h\r\n"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const std::string got = pass_request(get(row.fields), row.client);
      BOOST_TEST_INFO(got);
      BOOST_TEST(got.find(row.want) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_target_is_asked_for_in_origin_form) {
  const struct {
    const char* name;
    std::string request;
    std::string want;  ///< Where the head that goes on begins.
  } rows[] = {
      {"origin form stays", "GET /a%2Fb?c=d HTTP/1.1\r\nHost: h\r\n\r\n",
       "GET /a%2Fb?c=d HTTP/1.1\r\nHost: h\r\n"},
      {"an absolute one outranks Host", "GET http://i:8/a?b HTTP/1.1\r\nHost: h\r\n\r\n",
       "GET /a?b HTTP/1.1\r\nHost: i:8\r\n"},
      {"without a path", "GET http://i HTTP/1.1\r\nHost: h\r\n\r\n",
       "GET / HTTP/1.1\r\nHost: i\r\n"},
      {"with only a query", "GET http://i?b HTTP/1.1\r\nHost: h\r\n\r\n",
       "GET /?b HTTP/1.1\r\nHost: i\r\n"},
      {"with an empty query", "GET http://i/a? HTTP/1.1\r\nHost: h\r\n\r\n",
       "GET /a? HTTP/1.1\r\nHost: i\r\n"},
      {"OPTIONS for the server", "OPTIONS http://i HTTP/1.1\r\nHost: h\r\n\r\n",
       "OPTIONS * HTTP/1.1\r\nHost: i\r\n"},
      {"the asterisk stays", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * HTTP/1.1\r\n"},
      {"any method goes on", "PROPFIND /a HTTP/1.1\r\nHost: h\r\n\r\n", "PROPFIND /a HTTP/1.1\r\n"},
      {"HTTP/1.0 has no Host", "GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.1\r\nHost: \r\n"},
      {"its Via tells", "GET /a HTTP/1.0\r\n\r\n",
       "GET /a HTTP/1.1\r\nHost: \r\nX-Forwarded-Proto: http\r\nX-Forwarded-For: 192.0.2.7\r\n"
       "Forwarded: for=192.0.2.7;proto=http\r\nVia: 1.0 brood\r\n"},
      {"a hop less for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: h\r\nMax-Forwards: 2\r\n\r\n",
       "OPTIONS * HTTP/1.1\r\nHost: h\r\nMax-Forwards: 1\r\n"},
      {"a POST without a length has no body", "POST /a HTTP/1.1\r\nHost: h\r\n\r\n",
       "POST /a HTTP/1.1\r\n"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const std::string got = pass_request(row.request, stranger);
      BOOST_TEST(got.substr(0, row.want.size()) == row.want);
    }
}

BOOST_AUTO_TEST_CASE(an_upgrade_goes_on_if_it_hides_no_requests) {
  const struct {
    const char* name;
    std::string fields;
    const char* want;
  } rows[] = {
      {"websocket", "Connection: Upgrade\r\nUpgrade: websocket\r\n", "websocket"},
      {"not named", "Upgrade: websocket\r\n", ""},
      {"HTTP/2 in the clear", "Connection: upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", ""},
      {"that among others", "Connection: upgrade\r\nUpgrade: a, H2C\r\n", ""},
      {"with a body", "Connection: upgrade\r\nUpgrade: a\r\nContent-Length: 1\r\n", "a"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      ServerSession session({}, Role::proxy);
      session.start();
      feed(session, get(row.fields));
      BOOST_REQUIRE((session.next() == ServerSession::Step::head));
      ForwardedFields fields;
      fields.set_request(session.head(), stranger, {});
      BOOST_TEST(fields.upgrade() == row.want);
    }
}

BOOST_AUTO_TEST_CASE(what_is_believed_goes_before_what_is_seen) {
  ServerSession session({}, Role::proxy);
  session.start();
  feed(session, get("X-Forwarded-Host: evil\r\n"));
  BOOST_REQUIRE((session.next() == ServerSession::Step::head));
  ForwardedFields fields;
  fields.set_request(session.head(), stranger, {.scheme = "https", .host = "shop.example"});
  BOOST_TEST(find_field(fields.all(), "X-Forwarded-Host").value_or("") == "shop.example");
  BOOST_TEST(find_field(fields.all(), "Forwarded").value_or("") ==
             "for=192.0.2.7;host=shop.example;proto=https");
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_says_by_what_scheme_the_client_came) {
  const struct {
    const char* name;
    const char* fields;
    bool is_trusted;
    const char* want;
  } rows[] = {
      {"said", "X-Forwarded-Proto: https\r\n", true, "https"},
      {"said by anybody", "X-Forwarded-Proto: https\r\n", false, "http"},
      {"not said", "", true, "http"},
      {"no scheme", "X-Forwarded-Proto: a;b\r\n", true, "http"},
      {"nothing in it", "X-Forwarded-Proto:\r\n", true, "http"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const std::string got = pass_request(get(row.fields), stranger, row.is_trusted);
      const std::string want = row.want;
      BOOST_TEST(got.find("X-Forwarded-Proto: " + want + "\r\n") != std::string::npos, got);
      BOOST_TEST(got.find(";proto=" + want + "\r\n") != std::string::npos, got);
    }
}

BOOST_AUTO_TEST_CASE(the_last_hop_answers_by_itself) {
  const struct {
    const char* name;
    std::string request;
    bool want;
  } rows[] = {
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 0\r\n\r\n", true},
      {"OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: h\r\nmax-forwards: 0\r\n\r\n", true},
      {"one hop is left", "OPTIONS / HTTP/1.1\r\nHost: h\r\nMax-Forwards: 1\r\n\r\n", false},
      {"GET does not count", get("Max-Forwards: 0\r\n"), false},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      ServerSession session({}, Role::proxy);
      session.start();
      feed(session, row.request);
      BOOST_REQUIRE((session.next() == ServerSession::Step::head));
      BOOST_TEST(is_at_last_hop(session.head()) == row.want);
    }
}

/// An answer on its way from a server's connection to a client's: what the client gets, a line
/// for each thing that the sessions said.
std::string pass_answer(const std::string& request, const std::string& answer) {
  ServerSession front({}, Role::proxy);
  front.start();
  front.set_date(784'111'777);
  feed(front, request);
  BOOST_REQUIRE((front.next() == ServerSession::Step::head));
  front.admit(true);
  BOOST_REQUIRE((front.next() == ServerSession::Step::request));
  ClientSession back({});
  back.start();
  BOOST_REQUIRE(back.begin_request({.method = front.method(), .target = "/", .host = "h"}));
  back.sent(back.output().size());
  feed(back, answer);
  ForwardedFields fields;
  for (;;) switch (back.next()) {
      case ClientSession::Step::interim:
        fields.set_response(back.head());
        front.forward_interim({.status = back.head().line.status,
                               .reason = back.head().line.reason,
                               .fields = fields.all()});
        break;
      case ClientSession::Step::head: {
        const ResponseHead& head = back.head();
        fields.set_response(head);
        OutgoingResponse outgoing{.status = head.line.status,
                                  .reason = head.line.reason,
                                  .fields = fields.all(),
                                  .content_length = told_length(head)};
        if (head.line.status == 101) {
          outgoing.upgrade = fields.upgrade();
          front.switch_protocols(outgoing);
        } else {
          front.begin_forwarded(outgoing);
        }
        break;
      }
      case ClientSession::Step::body: front.write_body(back.body_piece()); break;
      case ClientSession::Step::need_bytes: back.end_of_input(); break;
      case ClientSession::Step::failed:
        front.abort_response();
        return std::string(front.output()) + "<cut>";
      case ClientSession::Step::done:
        if (back.head().line.status == 101)
          return std::string(front.output()) + "<" + std::string(back.unread()) + ">";
        front.end_response();
        return std::string(front.output()) +
               (front.next() == ServerSession::Step::close ? "<close>" : "");
    }
}

BOOST_AUTO_TEST_CASE(an_answer_is_passed_on_and_framed_anew) {
  const std::string get_1_1 = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string get_1_0 = "GET / HTTP/1.0\r\n\r\n";
  const std::string head_1_1 = "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string dated = "Date: x\r\n";
  const struct {
    const char* name;
    std::string request;
    std::string answer;
    std::string want;
  } rows[] = {
      {"a length stays", get_1_1,
       "HTTP/1.1 200 Fine\r\nServer: s\r\nDate: x\r\nContent-Length: 2\r\n\r\nhi",
       "HTTP/1.1 200 Fine\r\nServer: s\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: "
       "2\r\n\r\nhi"},
      {"a missing Date is added", get_1_1, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nVia: 1.1 brood\r\n"
       "Content-Length: 0\r\n\r\n"},
      {"the connection's own is not passed on", get_1_1,
       "HTTP/1.1 200 OK\r\n" + dated +
           "Connection: close, X-A\r\nX-A: 1\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 0\r\n\r\n"},
      {"chunks are cut anew, trailers dropped", get_1_1,
       "HTTP/1.1 200 OK\r\n" + dated +
           "Transfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n2\r\nbc\r\n0\r\nT: 1\r\n\r\n",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n0\r\n\r\n"},
      {"the end of a connection becomes an end of chunks", get_1_1,
       "HTTP/1.0 200 OK\r\n" + dated + "\r\nabc",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.0 brood\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3\r\nabc\r\n0\r\n\r\n"},
      {"chunks end with the connection of HTTP/1.0", get_1_0,
       "HTTP/1.1 200 OK\r\n" + dated + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nConnection: close\r\n\r\na<close>"},
      {"HEAD has the length and no body", head_1_1,
       "HTTP/1.1 200 OK\r\n" + dated + "Content-Length: 7\r\n\r\n",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 7\r\n\r\n"},
      {"HEAD without a length", head_1_1, "HTTP/1.1 200 OK\r\n" + dated + "\r\n",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\n\r\n"},
      {"204 has neither", get_1_1,
       "HTTP/1.1 204 No Content\r\n" + dated + "Content-Length: 5\r\n\r\n",
       "HTTP/1.1 204 No Content\r\nDate: x\r\nVia: 1.1 brood\r\n\r\n"},
      {"304 keeps the length", get_1_1,
       "HTTP/1.1 304 Not Modified\r\n" + dated + "Content-Length: 5\r\n\r\n",
       "HTTP/1.1 304 Not Modified\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 5\r\n\r\n"},
      {"interim answers come first", get_1_1,
       "HTTP/1.1 103 Early Hints\r\nLink: a\r\nConnection: b\r\nb: 1\r\n\r\n"
       "HTTP/1.1 200 OK\r\n" +
           dated + "Content-Length: 0\r\n\r\n",
       "HTTP/1.1 103 Early Hints\r\nLink: a\r\nVia: 1.1 brood\r\n\r\n"
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 0\r\n\r\n"},
      {"but not to HTTP/1.0", get_1_0,
       "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n" + dated + "Content-Length: 0\r\n\r\n",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 0\r\n"
       "Connection: close\r\n\r\n<close>"},
      {"a status that nobody knows", get_1_1,
       "HTTP/1.1 299 Odd\r\n" + dated + "Content-Length: 0\r\n\r\n",
       "HTTP/1.1 299 Odd\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 0\r\n\r\n"},
      {"a short body is cut", get_1_1,
       "HTTP/1.1 200 OK\r\n" + dated + "Content-Length: 5\r\n\r\nab",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nContent-Length: 5\r\n\r\nab<cut>"},
      {"short chunks have no last one", get_1_1,
       "HTTP/1.1 200 OK\r\n" + dated + "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
       "HTTP/1.1 200 OK\r\nDate: x\r\nVia: 1.1 brood\r\nTransfer-Encoding: chunked\r\n\r\n"
       "2\r\nab\r\n<cut>"},
      {"a tunnel begins with what has come", get_1_1,
       "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX: 1\r\n\r\nfirst",
       "HTTP/1.1 101 Go\r\nX: 1\r\nVia: 1.1 brood\r\nUpgrade: websocket\r\n"
       "Connection: upgrade\r\n\r\n<first>"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) BOOST_TEST(pass_answer(row.request, row.answer) == row.want);
}

BOOST_AUTO_TEST_CASE(an_answer_may_come_before_the_request_is_whole) {
  ServerSession session({}, Role::proxy);
  session.start();
  feed(session,
       "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nab");
  BOOST_REQUIRE((session.next() == ServerSession::Step::head));
  session.admit(true, false);
  BOOST_TEST(session.output() == "");
  BOOST_REQUIRE((session.next() == ServerSession::Step::body));
  BOOST_REQUIRE(session.begin_forwarded({.status = 200, .content_length = 2}));
  session.write_body("x");
  BOOST_REQUIRE((session.next() == ServerSession::Step::need_bytes));
  feed(session, "cd");
  BOOST_REQUIRE((session.next() == ServerSession::Step::body));
  BOOST_TEST(session.body_piece() == "cd");
  BOOST_REQUIRE((session.next() == ServerSession::Step::request));
  session.write_body("y");
  session.end_response();
  BOOST_TEST(session.output().ends_with("Connection: close\r\n\r\nxy"));
  BOOST_REQUIRE((session.next() == ServerSession::Step::close));
}

BOOST_AUTO_TEST_CASE(a_request_that_breaks_behind_its_answers_head_cuts_the_answer) {
  ServerSession session({}, Role::proxy);
  session.start();
  feed(session, "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
  BOOST_REQUIRE((session.next() == ServerSession::Step::head));
  session.admit(true);
  BOOST_REQUIRE((session.next() == ServerSession::Step::body));
  BOOST_REQUIRE((session.next() == ServerSession::Step::need_bytes));
  BOOST_REQUIRE(session.begin_forwarded({.status = 200, .content_length = 2}));
  const std::string head{session.output()};
  feed(session, "zz\r\n");
  BOOST_REQUIRE((session.next() == ServerSession::Step::close));
  BOOST_TEST(session.output() == head);
  BOOST_TEST(session.refused_status() == 400);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
