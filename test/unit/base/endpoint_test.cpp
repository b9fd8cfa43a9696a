#include "base/endpoint.hpp"

#include <boost/test/unit_test.hpp>

using brood::Endpoint;
using brood::parse_endpoint;

BOOST_AUTO_TEST_SUITE(endpoint)

BOOST_AUTO_TEST_CASE(each_form_is_read_and_written_back) {
  using Kind = Endpoint::Kind;
  const struct {
    const char* text;
    Endpoint want;
  } rows[] = {
      {"127.0.0.1:8080", {Kind::ipv4, "127.0.0.1", 8080, ""}},
      {"0.0.0.0:0", {Kind::ipv4, "0.0.0.0", 0, ""}},
      {"10.1.2.3:65535", {Kind::ipv4, "10.1.2.3", 65535, ""}},
      {"[::]:80", {Kind::ipv6, "::", 80, ""}},
      {"[::1]:8080", {Kind::ipv6, "::1", 8080, ""}},
      {"[2001:db8::7]:1", {Kind::ipv6, "2001:db8::7", 1, ""}},
      {"[::ffff:1.2.3.4]:1", {Kind::ipv6, "::ffff:1.2.3.4", 1, ""}},
      {"unix:/run/brood.sock", {Kind::unix_path, "", 0, "/run/brood.sock"}},
      {"unix:a b:1", {Kind::unix_path, "", 0, "a b:1"}},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.text) {
      const auto got = parse_endpoint(row.text);
      BOOST_REQUIRE(got.has_value());
      BOOST_TEST((*got == row.want));
      BOOST_TEST(to_string(*got) == row.text);
    }
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused) {
  for (const char* const text : {"",
                                 ":",
                                 "8080",
                                 ":8080",
                                 "127.0.0.1",
                                 "127.0.0.1:",
                                 "127.0.0.1:x",
                                 "127.0.0.1:80x",
                                 "127.0.0.1:-1",
                                 "127.0.0.1:+1",
                                 "127.0.0.1: 1",
                                 "127.0.0.1:65536",
                                 "127.0.0.1:99999999999",
                                 "127.0.0:80",
                                 "256.0.0.1:80",
                                 " 127.0.0.1:80",
                                 "localhost:80",
                                 "*:80",
                                 "::1:80",
                                 "[::1]",
                                 "[::1]:",
                                 "[::1:80",
                                 "::1]:80",
                                 "[]:80",
                                 "[127.0.0.1]:80",
                                 "[fe80::1%lo]:80",
                                 "[::g]:80",
                                 "unix:",
                                 "UNIX:/a",
                                 "http://127.0.0.1:80"})
    BOOST_TEST_CONTEXT("text '" << text << "'")
  BOOST_TEST(!parse_endpoint(text).has_value());
}

BOOST_AUTO_TEST_CASE(a_socket_path_fits_its_kernel_structure) {
  const std::string longest(107, 'p');
  BOOST_TEST(parse_endpoint("unix:" + longest).has_value());
  BOOST_TEST(!parse_endpoint("unix:" + longest + "p").has_value());
}

BOOST_AUTO_TEST_CASE(a_nul_cannot_shorten_what_is_used) {
  using namespace std::string_view_literals;
  BOOST_TEST(!parse_endpoint("127.0.0.1\0.9:80"sv).has_value());
  BOOST_TEST(!parse_endpoint("unix:/a\0b"sv).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
