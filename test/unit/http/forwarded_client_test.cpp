// Who a request comes from, by the fields of trusted proxies (RFC 7239, and X-Forwarded-...).
#include "http/forwarded_client.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(forwarded_client)

using namespace brood;

namespace {

constexpr std::string_view trusted = "10.0.0.0/8,127.0.0.1,2001:db8:1::/48,unix";

struct Row {
  const char* name;
  const char* peer;
  std::vector<FieldView> fields;
  const char* want;  ///< "ADDR:PORT scheme host"
};

Endpoint peer_of(std::string_view text) {
  if (text == "unix:")
    return {.kind = Endpoint::Kind::unix_path, .host = {}, .port = 0, .path = {}};
  return parse_endpoint(text).value();
}

std::string found(const Row& row) {
  const AddressSet set = parse_address_set(trusted).value();
  const ForwardedClient client = find_forwarded_client(row.fields, peer_of(row.peer), set);
  return to_string(client.client).append(" ").append(client.scheme).append(" ").append(client.host);
}

constexpr const char* front = "10.0.0.1:4000";
constexpr const char* stranger = "192.0.2.66:4000";

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(found(row) == row.want);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(nothing_that_a_stranger_says_is_believed) {
  check({
      {"nothing said", stranger, {}, "192.0.2.66:4000  "},
      {"three lies",
       stranger,
       {{"X-Forwarded-For", "1.2.3.4"}, {"X-Forwarded-Proto", "https"}, {"X-Forwarded-Host", "h"}},
       "192.0.2.66:4000  "},
      {"a lie in Forwarded",
       stranger,
       {{"Forwarded", "for=1.2.3.4;proto=https;host=h"}},
       "192.0.2.66:4000  "},
      {"of IPv6", "[2001:db8:2::1]:1", {{"X-Forwarded-For", "1.2.3.4"}}, "[2001:db8:2::1]:1  "},
  });
}

BOOST_AUTO_TEST_CASE(the_rightmost_address_that_is_not_trusted_is_the_client) {
  check({
      {"said nothing", front, {}, "10.0.0.1:4000  "},
      {"one", front, {{"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7:0  "},
      {"what the client has said before",
       front,
       {{"X-Forwarded-For", "10.9.9.9, 1.2.3.4, 192.0.2.7"}},
       "192.0.2.7:0  "},
      {"two fronts", front, {{"X-Forwarded-For", "192.0.2.7, 10.0.0.2"}}, "192.0.2.7:0  "},
      {"in two fields",
       front,
       {{"X-Forwarded-For", "1.2.3.4, 192.0.2.7"}, {"x-forwarded-for", "10.0.0.2,10.0.0.3"}},
       "192.0.2.7:0  "},
      {"all are trusted", front, {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3:0  "},
      {"with a port", front, {{"X-Forwarded-For", "192.0.2.7:81"}}, "192.0.2.7:81  "},
      {"of IPv6", front, {{"X-Forwarded-For", "2001:DB8:0::7"}}, "[2001:db8::7]:0  "},
      {"in brackets", front, {{"X-Forwarded-For", "[2001:db8::7]"}}, "[2001:db8::7]:0  "},
      {"with both", front, {{"X-Forwarded-For", "[2001:db8::7]:81"}}, "[2001:db8::7]:81  "},
      {"trusted of IPv6",
       "[2001:db8:1::9]:1",
       {{"X-Forwarded-For", "192.0.2.7, 2001:db8:1::8"}},
       "192.0.2.7:0  "},
      {"IPv4 in IPv6's clothes",
       "[::ffff:10.0.0.1]:1",
       {{"X-Forwarded-For", "192.0.2.7, ::ffff:10.0.0.2"}},
       "192.0.2.7:0  "},
      {"a unix socket", "unix:", {{"X-Forwarded-For", "192.0.2.7"}}, "192.0.2.7:0  "},
  });
}

BOOST_AUTO_TEST_CASE(what_is_no_address_ends_the_way_back) {
  check({
      {"unknown", front, {{"X-Forwarded-For", "192.0.2.7, unknown"}}, "10.0.0.1:4000  "},
      {"behind a second",
       front,
       {{"X-Forwarded-For", "192.0.2.7, _hidden, 10.0.0.2"}},
       "10.0.0.2:0  "},
      {"empty", front, {{"X-Forwarded-For", ""}}, "10.0.0.1:4000  "},
      {"a comma at the end", front, {{"X-Forwarded-For", "192.0.2.7,"}}, "10.0.0.1:4000  "},
      {"a name", front, {{"X-Forwarded-For", "client.example"}}, "10.0.0.1:4000  "},
      {"an open bracket", front, {{"X-Forwarded-For", "[2001:db8::7"}}, "10.0.0.1:4000  "},
      {"IPv4 in brackets", front, {{"X-Forwarded-For", "[192.0.2.7]"}}, "10.0.0.1:4000  "},
      {"with a zone", front, {{"X-Forwarded-For", "fe80::1%eth0"}}, "10.0.0.1:4000  "},
      {"far too long",
       front,
       {{"X-Forwarded-For", "11111111111111111111111111111111111111111111111111"}},
       "10.0.0.1:4000  "},
  });
}

BOOST_AUTO_TEST_CASE(scheme_and_host_are_those_of_the_hop_nearest_to_the_client) {
  check({
      {"as sent",
       front,
       {{"X-Forwarded-For", "192.0.2.7"},
        {"X-Forwarded-Proto", "https"},
        {"X-Forwarded-Host", "shop.example:8443"}},
       "192.0.2.7:0 https shop.example:8443"},
      {"without an address", front, {{"X-Forwarded-Proto", "https"}}, "10.0.0.1:4000 https "},
      {"one for two hops",
       front,
       {{"X-Forwarded-For", "192.0.2.7, 10.0.0.2"}, {"X-Forwarded-Proto", "https"}},
       "192.0.2.7:0 https "},
      {"one each",
       front,
       {{"X-Forwarded-For", "192.0.2.7, 10.0.0.2"},
        {"X-Forwarded-Proto", "https, http"},
        {"X-Forwarded-Host", "shop.example, inner"}},
       "192.0.2.7:0 https shop.example"},
      {"what the client has said is left of it",
       front,
       {{"X-Forwarded-For", "1.2.3.4, 192.0.2.7"},
        {"X-Forwarded-Proto", "https, http"},
        {"X-Forwarded-Host", "evil, shop.example"}},
       "192.0.2.7:0 http shop.example"},
      {"no token", front, {{"X-Forwarded-Proto", "ht tp"}}, "10.0.0.1:4000  "},
      {"no host", front, {{"X-Forwarded-Host", "a/b"}}, "10.0.0.1:4000  "},
  });
}

BOOST_AUTO_TEST_CASE(forwarded_is_read_where_there_is_nothing_else) {
  check({
      {"all three",
       front,
       {{"Forwarded", "for=192.0.2.7;proto=https;host=shop.example"}},
       "192.0.2.7:0 https shop.example"},
      {"another order and case",
       front,
       {{"forwarded", "HOST=shop.example; Proto=https ;For=192.0.2.7"}},
       "192.0.2.7:0 https shop.example"},
      {"quoted",
       front,
       {{"Forwarded", "for=\"[2001:db8::7]:81\";host=\"shop.example:8443\""}},
       "[2001:db8::7]:81  shop.example:8443"},
      {"two fronts",
       front,
       {{"Forwarded", "for=192.0.2.7;proto=https, for=10.0.0.2;proto=http"}},
       "192.0.2.7:0 https "},
      {"what the client has said before",
       front,
       {{"Forwarded", "for=10.0.0.9;proto=https"}, {"Forwarded", "for=192.0.2.7;proto=http"}},
       "192.0.2.7:0 http "},
      {"a comma in quotes",
       front,
       {{"Forwarded", "for=192.0.2.7;by=\"a, for=1.2.3.4\""}},
       "192.0.2.7:0  "},
      {"a quote in quotes",
       front,
       {{"Forwarded", "for=192.0.2.7;by=\"\\\", for=1.2.3.4;\""}},
       "192.0.2.7:0  "},
      {"a quote that never ends",
       front,
       {{"Forwarded", "for=192.0.2.7, for=\"10.0.0.2"}},
       "10.0.0.1:4000  "},
      {"a quote that the client has opened",
       front,
       {{"Forwarded", "for=1.2.3.4;by=\", for=192.0.2.7"}},
       "10.0.0.1:4000  "},
      {"and the proxy's own in the wrong place then",
       front,
       {{"Forwarded", "for=1.2.3.4;by=\"a, for=\"[2001:db8::7]\""}},
       "10.0.0.1:4000  "},
      {"a quote in a name",
       front,
       {{"Forwarded", "for=1.2.3.4;\", for=192.0.2.7"}},
       "10.0.0.1:4000  "},
      {"hidden port", front, {{"Forwarded", "for=\"192.0.2.7:_p\""}}, "192.0.2.7:0  "},
      {"unknown", front, {{"Forwarded", "for=unknown;proto=https"}}, "10.0.0.1:4000 https "},
      {"nothing", front, {{"Forwarded", ""}}, "10.0.0.1:4000  "},
      {"no pair", front, {{"Forwarded", "for"}}, "10.0.0.1:4000  "},
      {"beside the others, for those are the front's",
       front,
       {{"Forwarded", "for=1.2.3.4;host=evil"}, {"X-Forwarded-For", "192.0.2.7"}},
       "192.0.2.7:0  "},
  });
}

BOOST_AUTO_TEST_CASE(knows_schemes_of_secured_connections) {
  for (const char* scheme : {"https", "HTTPS", "wss"}) BOOST_TEST(is_secure_scheme(scheme));
  for (const char* scheme : {"", "http", "ws", "httpss"}) BOOST_TEST(!is_secure_scheme(scheme));
}

BOOST_AUTO_TEST_SUITE_END()
