#include "balance/forwarding/client_identity.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(client_identity)

namespace {

using namespace brood;

Endpoint ipv4(const char* host, std::uint16_t port = 40112) {
  return {Endpoint::Kind::ipv4, host, port, {}};
}

struct Scene {
  explicit Scene(const Endpoint& peer) : identity(to_address(peer), settings) {}

  HttpSettings settings = [] {
    HttpSettings made;
    made.trusted_proxies = parse_address_set("192.0.2.0/24,unix").value();
    made.trusted_forwarders = parse_address_set("203.0.113.7").value();
    return made;
  }();
  ClientIdentity identity;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_stranger_is_who_he_is) {
  const Scene scene(ipv4("198.51.100.1"));
  BOOST_TEST(scene.identity.address() == "198.51.100.1");
  BOOST_TEST(scene.identity.name() == "198.51.100.1:40112");
  BOOST_TEST(!scene.identity.is_trusted());
  BOOST_TEST(!scene.identity.is_forwarder());
  BOOST_TEST(!scene.identity.must_introduce());
}

BOOST_AUTO_TEST_CASE(a_trusted_proxy_must_say_for_whom_it_speaks) {
  Scene scene(ipv4("192.0.2.1"));
  BOOST_TEST(scene.identity.is_trusted());
  BOOST_TEST(scene.identity.must_introduce());
  const ProxiedEnds ends{ipv4("198.51.100.1", 7), ipv4("198.51.100.2", 80)};
  scene.identity.introduce(ends, scene.settings);
  BOOST_TEST(!scene.identity.must_introduce());
  BOOST_TEST(scene.identity.address() == "198.51.100.1");
  BOOST_TEST(scene.identity.name() == "198.51.100.1:7");
  BOOST_TEST((scene.identity.ends(-1) == ends), "they are handed on as they are");
}

BOOST_AUTO_TEST_CASE(a_proxy_may_speak_for_itself) {
  Scene scene(ipv4("192.0.2.1"));
  scene.identity.introduce(std::nullopt, scene.settings);
  BOOST_TEST(!scene.identity.must_introduce());
  BOOST_TEST(scene.identity.address() == "192.0.2.1");
}

BOOST_AUTO_TEST_CASE(who_is_believed_of_others_depends_on_who_was_introduced) {
  const Scene direct(ipv4("203.0.113.7"));
  BOOST_TEST(direct.identity.is_forwarder());
  for (const bool is_known : {true, false}) {
    Scene scene(ipv4("192.0.2.1"));
    BOOST_TEST(!scene.identity.is_forwarder());
    const Endpoint client = ipv4(is_known ? "203.0.113.7" : "203.0.113.8");
    scene.identity.introduce(ProxiedEnds{client, ipv4("198.51.100.2", 80)}, scene.settings);
    BOOST_TEST(scene.identity.is_forwarder() == is_known);
    BOOST_TEST(scene.identity.is_trusted(), "the proxy is what it was");
  }
}

BOOST_AUTO_TEST_CASE(a_unix_socket_has_no_address) {
  const Scene scene({Endpoint::Kind::unix_path, {}, 0, "/run/proxy"});
  BOOST_TEST(scene.identity.address().empty());
  BOOST_TEST(scene.identity.is_trusted());
  BOOST_TEST(!scene.identity.ends(-1), "and no ends");
}

BOOST_AUTO_TEST_SUITE_END()
