#include "http/proxy_header.hpp"

#include <boost/test/unit_test.hpp>

#include "drive.hpp"

BOOST_AUTO_TEST_SUITE(proxy_header)

using namespace brood;
using namespace std::string_literals;

namespace {

using Kind = Endpoint::Kind;
using Step = ProxyHeaderReader::Step;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string four = "\xc0\x00\x02\x07\xc6\x33\x64\x01\x92\x10\x01\xbb"s;
const std::string six = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07" +
                        std::string(15, '\0') + "\x01\x92\x10\x01\xbb";

/// A header of version 2.
std::string binary(char command, char family, const std::string& rest) {
  return signature + command + family + static_cast<char>(rest.size() >> 8) +
         static_cast<char>(rest.size() & 0xff) + rest;
}

const ProxiedEnds ends_v4{.client = {Kind::ipv4, "192.0.2.7", 37392, ""},
                          .server = {Kind::ipv4, "198.51.100.1", 443, ""}};
const ProxiedEnds ends_v6{.client = {Kind::ipv6, "2001:db8::7", 37392, ""},
                          .server = {Kind::ipv6, "::1", 443, ""}};
const ProxiedEnds ends_most{.client = {Kind::ipv4, "255.255.255.255", 65535, ""},
                            .server = {Kind::ipv4, "0.0.0.0", 0, ""}};

struct Row {
  const char* name;
  std::string header;
  std::optional<ProxiedEnds> want;
};

const std::vector<Row>& sound() {
  static const std::vector<Row> rows{
      {"TCP4", "PROXY TCP4 192.0.2.7 198.51.100.1 37392 443\r\n", ends_v4},
      {"TCP6", "PROXY TCP6 2001:db8::7 ::1 37392 443\r\n", ends_v6},
      {"an address in another spelling", "PROXY TCP6 2001:0DB8:0::7 0::1 37392 443\r\n", ends_v6},
      {"the largest numbers", "PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", ends_most},
      {"UNKNOWN", "PROXY UNKNOWN\r\n", {}},
      {"UNKNOWN with more", "PROXY UNKNOWN ffff::1 ? 7 8 \r\n", {}},
      {"the longest line", "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", {}},
      {"binary TCP4", binary('\x21', '\x11', four), ends_v4},
      {"binary TCP6", binary('\x21', '\x21', six), ends_v6},
      {"with a TLV behind", binary('\x21', '\x11', four + "\x04\x00\x01x"s), ends_v4},
      {"with the most behind", binary('\x21', '\x21', six + std::string(65535 - 36, 'x')), ends_v6},
      {"LOCAL", binary('\x20', '\x00', ""), {}},
      {"LOCAL with addresses", binary('\x20', '\x11', four), {}},
      {"LOCAL of any family", binary('\x20', '\xff', "abc"), {}},
      {"UNSPEC", binary('\x21', '\x00', ""), {}},
      {"datagrams", binary('\x21', '\x12', four), {}},
      {"unix sockets", binary('\x21', '\x31', std::string(216, 'x')), {}},
  };
  return rows;
}

const std::vector<std::pair<const char*, std::string>>& malformed() {
  static const std::vector<std::pair<const char*, std::string>> rows{
      {"a request", "GET / HTTP/1.1\r\n"},
      {"PROPFIND", "PROPFIND / HTTP/1.1\r\n"},
      {"lower case", "proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n"},
      {"no protocol", "PROXY \r\n"},
      {"another protocol", "PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n"},
      {"more than UNKNOWN", "PROXY UNKNOWNS\r\n"},
      {"two blanks", "PROXY TCP4  192.0.2.7 198.51.100.1 1 2\r\n"},
      {"a blank at the end", "PROXY TCP4 192.0.2.7 198.51.100.1 1 2 \r\n"},
      {"a fifth word", "PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n"},
      {"no second port", "PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n"},
      {"a name", "PROXY TCP4 localhost 198.51.100.1 1 2\r\n"},
      {"a zero before", "PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n"},
      {"IPv6 for TCP4", "PROXY TCP4 ::1 ::1 1 2\r\n"},
      {"IPv4 for TCP6", "PROXY TCP6 192.0.2.7 198.51.100.1 1 2\r\n"},
      {"a port too large", "PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n"},
      {"a port with a zero before", "PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n"},
      {"a negative port", "PROXY TCP4 192.0.2.7 198.51.100.1 -1 2\r\n"},
      {"a NUL in an address", "PROXY TCP4 192.0.2.7\0 198.51.100.1 1 2\r\n"s},
      {"a bare line feed", "PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n"},
      {"a carriage return inside", "PROXY UNKNOWN a\rb\r\n"},
      {"a line too long", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"},
      {"another signature", "\r\n\r\n\0\r\nQUIT\r"s},
      {"version 1 in binary", binary('\x11', '\x11', four)},
      {"version 3", binary('\x31', '\x11', four)},
      {"another command", binary('\x22', '\x11', four)},
      {"another family", binary('\x21', '\x41', four)},
      {"another transport", binary('\x21', '\x13', four)},
      {"TCP4 cut short", binary('\x21', '\x11', four.substr(1))},
      {"TCP6 cut short", binary('\x21', '\x21', six.substr(1))},
      {"TCP6 with TCP4's", binary('\x21', '\x21', four)},
  };
  return rows;
}

Step read(ProxyHeaderReader& reader, std::string_view bytes) {
  return reader.resume(bytes);
}

}  // namespace

BOOST_AUTO_TEST_CASE(sound_headers_are_read_however_they_are_cut) {
  const std::string behind = "GET / HTTP/1.1\r\n";
  for (const Row& row : sound()) BOOST_TEST_CONTEXT(row.name) {
      const std::string bytes = row.header + behind;
      for (std::size_t cut = 0; cut <= std::min<std::size_t>(bytes.size(), 300); ++cut) {
        ProxyHeaderReader reader;
        std::string_view first = std::string_view(bytes).substr(0, cut);
        std::string_view second = std::string_view(bytes).substr(cut);
        const Step before = reader.resume(first);
        if (before != (cut < row.header.size() ? Step::need_bytes : Step::whole))
          BOOST_ERROR("wrong at " << cut);
        if (reader.resume(second) != Step::whole) BOOST_ERROR("not whole, cut at " << cut);
        if (first.size() + second.size() != behind.size()) BOOST_ERROR("too much, cut at " << cut);
        BOOST_REQUIRE((reader.ends() == row.want));
      }
    }
}

BOOST_AUTO_TEST_CASE(malformed_ones_are_refused_at_the_same_byte_however_they_are_cut) {
  for (const auto& [name, header] : malformed()) BOOST_TEST_CONTEXT(name) {
      ProxyHeaderReader whole;
      std::string_view left = header;
      BOOST_TEST((whole.resume(left) == Step::malformed));
      BOOST_TEST(!whole.ends().has_value());
      const std::size_t size = header.size() - left.size();
      ProxyHeaderReader reader;
      for (std::size_t at = 0; at + 1 < size; ++at)
        BOOST_REQUIRE((read(reader, header.substr(at, 1)) == Step::need_bytes));
      BOOST_TEST((read(reader, header.substr(size - 1, 1)) == Step::malformed));
      BOOST_TEST((read(reader, "PROXY UNKNOWN\r\n") == Step::malformed), "that is final");
    }
}

BOOST_AUTO_TEST_CASE(a_reader_can_start_again) {
  ProxyHeaderReader reader;
  read(reader, binary('\x21', '\x11', four + std::string(500, 'x')).substr(0, 100));
  BOOST_TEST(reader.has_begun());
  reader.start();
  BOOST_TEST(!reader.has_begun());
  BOOST_TEST((read(reader, "PROXY UNKNOWN\r\n") == Step::whole));
  BOOST_TEST(!reader.ends().has_value());
}

BOOST_AUTO_TEST_CASE(what_is_written_has_the_documented_form) {
  using enum ProxyVersion;
  BOOST_TEST(write_proxy_header(v1, ends_v4) == "PROXY TCP4 192.0.2.7 198.51.100.1 37392 443\r\n");
  BOOST_TEST(write_proxy_header(v1, ends_v6) == "PROXY TCP6 2001:db8::7 ::1 37392 443\r\n");
  BOOST_TEST(write_proxy_header(v1, {}) == "PROXY UNKNOWN\r\n");
  BOOST_TEST(write_proxy_header(v2, ends_v4) == binary('\x21', '\x11', four));
  BOOST_TEST(write_proxy_header(v2, ends_v6) == binary('\x21', '\x21', six));
  BOOST_TEST(write_proxy_header(v2, {}) == binary('\x20', '\x00', ""));
}

BOOST_AUTO_TEST_CASE(a_unix_socket_is_nobody) {
  ProxiedEnds ends = ends_v4;
  ends.client = {Kind::unix_path, "", 0, "/run/s"};
  BOOST_TEST(write_proxy_header(ProxyVersion::v1, ends) == "PROXY UNKNOWN\r\n");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  ProxiedEnds mixed{.client = ends_v4.client, .server = ends_v6.server};
  ProxiedEnds mixed_read = mixed;
  mixed_read.client.kind = Kind::ipv6;
  mixed_read.client.host = "::ffff:192.0.2.7";
  const std::pair<std::optional<ProxiedEnds>, std::optional<ProxiedEnds>> rows[] = {
      {ends_v4, ends_v4},
      {ends_v6, ends_v6},
      {ends_most, ends_most},
      {mixed, mixed_read},
      {{}, {}}};
  for (const auto version : {ProxyVersion::v1, ProxyVersion::v2})
    for (const auto& [written, want] : rows) {
      const std::string header = write_proxy_header(version, written);
      ProxyHeaderReader reader;
      std::string_view input = header;
      BOOST_TEST((reader.resume(input) == Step::whole), header);
      BOOST_TEST(input.empty(), header);
      BOOST_TEST((reader.ends() == want), header);
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_expects_one_takes_it_before_the_first_request_only) {
  const std::string request = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const Row& row : sound()) BOOST_TEST_CONTEXT(row.name) {
      test::Driver driver({}, true);
      const std::string bytes = row.header + request + request;
      const auto whole = driver.run(bytes);
      const std::string introduced =
          row.want ? "introduced " + to_string(row.want->client) + "\n" : "introduced\n";
      BOOST_TEST(whole.events.starts_with(introduced + "head GET /one\n"), whole.events);
      BOOST_TEST(test::count(whole.events, "introduced") == 1U);
      BOOST_TEST(test::count(whole.output, "HTTP/1.1 200") == 2U);
      for (std::size_t cut = 1; cut < std::min<std::size_t>(bytes.size(), 200); ++cut) {
        const std::string_view pieces[]{std::string_view(bytes).substr(0, cut),
                                        std::string_view(bytes).substr(cut)};
        BOOST_REQUIRE((driver.run(pieces) == whole));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_session_that_expects_one_refuses_everything_else) {
  test::Driver driver({}, true);
  for (const auto& [name, header] : malformed()) {
    const auto log = driver.run(header);
    BOOST_TEST(log.refused_status == 400, name);
    BOOST_TEST(log.output.find("no sound PROXY header") != std::string::npos, name);
  }
  BOOST_TEST(driver.run("PROXY TCP4 1").refused_status == 400, "it ends too early");
  BOOST_TEST(driver.run("PROXY TCP4 1", test::Ending::time_out).refused_status == 408);
  BOOST_TEST(driver.run("", test::Ending::time_out).output.empty());
  BOOST_TEST(driver.run("").output.empty(), "who sends nothing gets nothing");
}

BOOST_AUTO_TEST_CASE(a_session_that_expects_none_refuses_it) {
  for (const Row& row : sound())
    BOOST_TEST(
        test::Driver().run(row.header + "GET / HTTP/1.1\r\nHost: a\r\n\r\n").refused_status == 400,
        row.name);
}

BOOST_AUTO_TEST_SUITE_END()
