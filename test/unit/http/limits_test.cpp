// Each limit from both of its sides.

#include <boost/test/unit_test.hpp>

#include "drive.hpp"

BOOST_AUTO_TEST_SUITE(limits)

namespace {

using brood::SessionLimits;
using brood::test::Driver;
using brood::test::Transcript;

std::string with_line_of(std::size_t size) {
  const std::string path(size - std::string_view("GET / HTTP/1.1").size(), 'a');
  return "GET /" + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string with_head_of(std::size_t size) {
  const std::string_view rest = "GET / HTTP/1.1\r\nHost: a\r\nPadding: \r\n\r\n";
  return "GET / HTTP/1.1\r\nHost: a\r\nPadding: " + std::string(size - rest.size(), 'p') +
         "\r\n\r\n";
}

std::string with_fields(std::size_t count) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < count; ++i) head += "A: b\r\n";
  return head + "\r\n";
}

std::string chunked(const std::string& body) {
  return "PUT /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_limit_holds_to_the_byte) {
  const SessionLimits small{.max_header_bytes = 200, .max_headers = 5, .max_body_bytes = 10};
  const struct {
    std::string name;
    SessionLimits limits;
    std::string request;
    int status;
  } rows[]{
      {"longest line", {}, with_line_of(16 * 1024 - 13), 200},
      {"line too long", {}, with_line_of(16 * 1024 + 1), 414},
      {"line as long as it was asked for",
       {.max_header_bytes = 64 * 1024},
       with_line_of(60'000),
       200},
      {"line that never ends", {}, "GET /" + std::string(100'000, 'a'), 414},
      {"longest line that a small head holds", small, with_line_of(200 - 13), 200},
      {"line as long as the head may be", small, with_line_of(200), 431},
      {"line longer than the head may be", small, with_line_of(201), 414},
      {"longest head", {}, with_head_of(16 * 1024), 200},
      {"head too long", {}, with_head_of(16 * 1024 + 1), 431},
      {"head that never ends", {}, with_head_of(100'000), 431},
      {"longest small head", small, with_head_of(200), 200},
      {"empty lines do not count", small, "\r\n\r\n" + with_head_of(200), 200},
      {"small head too long", small, with_head_of(201), 431},
      {"most fields", {}, with_fields(100), 200},
      {"too many fields", {}, with_fields(101), 431},
      {"most fields of few", small, with_fields(5), 200},
      {"too many fields of few", small, with_fields(6), 431},
      {"largest body", small, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789",
       200},
      {"body too large", small, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413},
      {"largest chunks", small, chunked("4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n"), 200},
      {"chunks too large", small, chunked("4\r\n0123\r\n7\r\n456789a\r\n0\r\n\r\n"), 413},
      {"most trailer fields", small, chunked("0\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n"), 200},
      {"too many trailer fields", small, chunked("0\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n"),
       431},
      {"longest small trailer", small, chunked("0\r\na:" + std::string(194, 'b') + "\r\n\r\n"),
       200},
      {"small trailer too long", small, chunked("0\r\na:" + std::string(195, 'b') + "\r\n\r\n"),
       431},
      {"longest trailer", {}, chunked("0\r\na:" + std::string(8186, 'b') + "\r\n\r\n"), 200},
      {"trailer too long", {}, chunked("0\r\na:" + std::string(8187, 'b') + "\r\n\r\n"), 431},
      {"longest chunk line",
       {},
       chunked("1;" + std::string(1020, 'e') + "\r\na\r\n0\r\n\r\n"),
       200},
      {"chunk line too long",
       {},
       chunked("1;" + std::string(1021, 'e') + "\r\na\r\n0\r\n\r\n"),
       400},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    Driver driver{row.limits};
    const Transcript got = driver.run(row.request);
    BOOST_TEST(got.status == row.status);
    BOOST_TEST(got.refused_status == (row.status == 200 ? 0 : row.status));
  }
}

BOOST_AUTO_TEST_CASE(what_never_ends_is_refused_before_it_has_come) {
  // With its line end still to come, each is the shortest that is too long.
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX:";
  const struct {
    std::string bytes;
    int status;
  } rows[]{
      {"GET /" + std::string(16 * 1024 + 2 - 5, 'a'), 414},
      {head + std::string(16 * 1024 - head.size(), 'x'), 431},
      {chunked("1;" + std::string(1022 - 1, 'e')), 400},
      {chunked("0\r\na:" + std::string(8 * 1024 - 2, 'b')), 431},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.bytes.substr(0, 80));
    Driver driver;
    driver.receive(std::string_view{row.bytes}.substr(0, row.bytes.size() - 1));
    BOOST_TEST(driver.session().refused_status() == 0);
    driver.receive(std::string_view{row.bytes}.substr(row.bytes.size() - 1));
    BOOST_TEST(driver.session().refused_status() == row.status);
  }
}

BOOST_AUTO_TEST_CASE(an_unwanted_body_counts_too) {
  Driver driver{SessionLimits{.max_body_bytes = 10}};
  const Transcript got = driver.run(
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n");
  BOOST_TEST(got.refused_status == 413);
}

BOOST_AUTO_TEST_CASE(pieces_and_space_are_bounded) {
  using Step = brood::ServerSession::Step;
  brood::ServerSession session{SessionLimits{.max_body_bytes = 1 << 30}};
  session.start();
  const std::string_view head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n";
  const auto space = session.space();
  BOOST_TEST(space.size() == 80u * 1024);
  std::fill(space.begin(), space.end(), 'x');
  std::copy(head.begin(), head.end(), space.begin());
  session.received(space.size());
  BOOST_REQUIRE((session.next() == Step::head));
  session.admit(true);
  BOOST_REQUIRE((session.next() == Step::body));
  BOOST_TEST(session.body_piece().size() == 64u * 1024);
  BOOST_REQUIRE((session.next() == Step::body));
  BOOST_TEST(session.body_piece().size() == 16u * 1024 - head.size());
  BOOST_REQUIRE((session.next() == Step::need_bytes));
  BOOST_TEST(session.space().size() == 80u * 1024 - head.size());
  BOOST_TEST(session.target() == "/");  // The head has not been overwritten.
}

BOOST_AUTO_TEST_SUITE_END()
