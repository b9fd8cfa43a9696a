#include "balance/forwarding/server_question.hpp"

#include <boost/test/unit_test.hpp>

#include "balance/routing/hash.hpp"
#include "http/server_session.hpp"

BOOST_AUTO_TEST_SUITE(server_question)

namespace {

using namespace brood;

/// A request as a client has sent it, and what is asked of a server for it.
struct Scene {
  explicit Scene(std::string_view text, const char* peer = "192.0.2.1")
      : client(to_address({Endpoint::Kind::ipv4, peer, 40112, {}}), settings.http) {
    std::ranges::copy(text, session.space().begin());
    session.received(text.size());
    BOOST_REQUIRE((session.next() == ServerSession::Step::head));
    request.start(session.head().line, {});
  }
  OutgoingRequest form(bool is_last = false) {
    question.set(session.head(), client, false);
    return question.form(request, "server.example:81", is_last);
  }

  ForwardSettings settings;
  Router router{{}, std::vector<ServerSettings>(1), 1};
  Dispatcher dispatcher{router, {}, [](TimePoint) {}, [](ServerId) {}};
  RetryBudget budget{0, 0, {}};
  ClientIdentity client;
  ServerSession session{SessionLimits{}, Role::proxy};
  RoutedRequest request{{dispatcher, router, budget, settings}, [] {}};
  ServerQuestion question{settings};
};

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_held_has_a_length_and_the_rest_is_framed_as_it_came) {
  struct {
    const char* text;
    std::string_view held;
    bool is_held;
    std::optional<std::uint64_t> length;
    bool is_chunked;
  } rows[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "", true, std::nullopt, false},
      {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", "", true, 0, false},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n", "body", true, 4, false},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "body", true, 4, false},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", "body", false, 9, false},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "body", false,
       std::nullopt, true},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.text) {
      Scene scene(row.text);
      scene.request.hold(row.held);
      if (!row.is_held) scene.request.hold_no_more();
      const OutgoingRequest form = scene.form();
      BOOST_TEST((form.content_length == row.length));
      BOOST_TEST(form.is_chunked == row.is_chunked);
    }
}

BOOST_AUTO_TEST_CASE(where_the_client_names_no_host_the_server_is_asked_by_its_own) {
  Scene named("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  BOOST_TEST(named.form().host == "a.example");
  Scene nameless("GET / HTTP/1.0\r\n\r\n");
  BOOST_TEST(nameless.form().host == "server.example:81");
  BOOST_TEST(nameless.question.form(nameless.request, "unix:/a", false).host == "localhost");
}

BOOST_AUTO_TEST_CASE(what_its_connection_is_to_become) {
  Scene plain("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(plain.form().connection.empty());
  BOOST_TEST(plain.form(true).connection == "close");
  Scene upgrade("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  BOOST_TEST(upgrade.form(true).connection == "upgrade");
  BOOST_TEST(upgrade.form(true).upgrade == "x");
}

BOOST_AUTO_TEST_CASE(who_has_a_connection_of_its_own) {
  Scene get("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(!get.question.wants_own_connection(get.request));
  get.settings.send_proxy = ForwardSettings::SendProxy::v1;
  BOOST_TEST(get.question.wants_own_connection(get.request), "the server is told of the client");
  Scene post("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
  BOOST_TEST(post.question.wants_own_connection(post.request), "it could not be sent again");
}

BOOST_AUTO_TEST_CASE(what_is_hashed) {
  using HashOf = HttpSettings::HashOf;
  Scene scene("GET /a?b HTTP/1.1\r\nHost: a\r\nX-User: me\r\n\r\n");
  scene.settings.http.hash_header = "X-User";
  for (const auto& [of, what] : {std::pair{HashOf::client, "192.0.2.1"},
                                 std::pair{HashOf::path, "/a"}, std::pair{HashOf::header, "me"}}) {
    scene.settings.http.hash_of = of;
    scene.form();
    BOOST_TEST(scene.question.hash() == hash_of(what), what);
  }
}

BOOST_AUTO_TEST_CASE(a_proof_that_is_good_for_a_connection_is_seen) {
  Scene scene("GET / HTTP/1.1\r\nHost: a\r\nAuthorization: NTLM abc\r\n\r\n");
  scene.form();
  BOOST_TEST(scene.question.brings_auth());
}

BOOST_AUTO_TEST_SUITE_END()
