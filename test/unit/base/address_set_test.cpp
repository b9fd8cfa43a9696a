#include "base/address_set.hpp"

#include <arpa/inet.h>

#include <boost/test/unit_test.hpp>
#include <string>

BOOST_AUTO_TEST_SUITE(address_set)

using brood::parse_address_set;

namespace {

std::vector<std::uint8_t> bytes_of(const std::string& address) {
  const bool is_v6 = address.find(':') != std::string::npos;
  std::vector<std::uint8_t> bytes(is_v6 ? 16 : 4);
  BOOST_REQUIRE(::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) == 1);
  return bytes;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_address_is_in_its_networks_and_in_no_other) {
  const struct {
    const char* set;
    std::vector<const char*> inside, outside;
  } rows[] = {
      {"127.0.0.1", {"127.0.0.1"}, {"127.0.0.2", "0.0.0.0", "::1", "::ffff:127.0.0.1"}},
      {"10.0.0.0/8", {"10.0.0.0", "10.255.255.255"}, {"9.255.255.255", "11.0.0.0", "a00::"}},
      {"192.0.2.128/25", {"192.0.2.128", "192.0.2.255"}, {"192.0.2.127", "192.0.3.128"}},
      {"192.0.2.6/31", {"192.0.2.6", "192.0.2.7"}, {"192.0.2.5", "192.0.2.8"}},
      {"192.0.2.6/32", {"192.0.2.6"}, {"192.0.2.7"}},
      {"0.0.0.0/0", {"0.0.0.0", "255.255.255.255"}, {"::"}},
      {"::1", {"::1"}, {"::", "::2", "127.0.0.1", "0.0.0.1"}},
      {"2001:db8::/32", {"2001:db8::", "2001:db8:ffff::1"}, {"2001:db7::", "2001:db9::"}},
      {"2001:db8::8/125", {"2001:db8::8", "2001:db8::f"}, {"2001:db8::7", "2001:db8::10"}},
      {"::/0", {"::", "ffff::1"}, {"1.2.3.4"}},
      {"10.0.0.0/8,::1,192.0.2.1", {"10.1.1.1", "::1", "192.0.2.1"}, {"192.0.2.2", "::2"}},
      {"unix", {}, {"127.0.0.1", "::1"}},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.set) {
      const auto set = parse_address_set(row.set);
      BOOST_REQUIRE(set.has_value());
      for (const char* const address : row.inside)
        BOOST_TEST(set->contains(bytes_of(address)), address);
      for (const char* const address : row.outside)
        BOOST_TEST(!set->contains(bytes_of(address)), address);
    }
}

BOOST_AUTO_TEST_CASE(unix_sockets_are_in_it_only_where_they_are_named) {
  BOOST_TEST(parse_address_set("unix")->contains_unix());
  BOOST_TEST(parse_address_set("10.0.0.0/8,unix,::1")->contains_unix());
  BOOST_TEST(!parse_address_set("0.0.0.0/0,::/0")->contains_unix());
}

BOOST_AUTO_TEST_CASE(only_the_one_that_was_never_read_is_empty) {
  BOOST_TEST(brood::AddressSet{}.is_empty());
  BOOST_TEST(!brood::AddressSet{}.contains(bytes_of("0.0.0.0")));
  BOOST_TEST(!parse_address_set("unix")->is_empty());
  BOOST_TEST(!parse_address_set("10.0.0.0/8")->is_empty());
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv,
                                      ","sv,
                                      "10.0.0.1,"sv,
                                      ",10.0.0.1"sv,
                                      "10.0.0.1,,::1"sv,
                                      "10.0.0.1, ::1"sv,
                                      "localhost"sv,
                                      "10.0.0"sv,
                                      "10.0.0.256"sv,
                                      "10.0.0.01"sv,
                                      "10.0.0.1:80"sv,
                                      "[::1]"sv,
                                      "10.0.0.0/"sv,
                                      "10.0.0.0/33"sv,
                                      "10.0.0.0/-8"sv,
                                      "10.0.0.0/+8"sv,
                                      "10.0.0.0/08"sv,
                                      "10.0.0.0/8/8"sv,
                                      "10.0.0.0/255.0.0.0"sv,
                                      "10.0.0.1/8"sv,
                                      "::1/0"sv,
                                      "::/129"sv,
                                      "2001:db8::1/64"sv,
                                      "unix/8"sv,
                                      "UNIX"sv,
                                      "unix:/run/s"sv,
                                      "10.0.0.1\0"sv})
    BOOST_TEST(!parse_address_set(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
