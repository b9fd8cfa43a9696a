#include "http/cgi_head.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cgi_head)

namespace {

using namespace std::string_view_literals;
using brood::CgiHead;
using brood::CgiHeadReader;
using brood::SessionLimits;
using Step = CgiHeadReader::Step;

Step read(std::string_view input, CgiHead& head, const SessionLimits& limits = {}) {
  return CgiHeadReader{limits}.resume(input, head);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_sound_head_is_read) {
  const struct {
    std::string_view name, head;
    int status;
    std::string_view location;
    bool is_local_redirect;
    std::size_t field_count;
  } rows[]{
      {"document", "Content-Type: text/plain\n\n", 200, "", false, 1},
      {"document with CRLF", "Content-Type: text/plain\r\n\r\n", 200, "", false, 1},
      {"line ends mixed", "Content-Type: a/b\nX: y\r\n\n", 200, "", false, 2},
      {"no white space", "Content-Type:a/b\n\n", 200, "", false, 1},
      {"status", "Status: 404 Not Found\nContent-Type: a/b\n\n", 404, "", false, 1},
      {"status without phrase", "content-type: a/b\nstatus: 204\n\n", 204, "", false, 1},
      {"status alone", "Status: 599 \n\n", 599, "", false, 0},
      {"client redirect", "Location: http://a/b\n\n", 302, "http://a/b", false, 0},
      {"client redirect with status", "Location: http://a/b\nStatus: 301 x\n\n", 301, "http://a/b",
       false, 0},
      {"local redirect", "Location: /a?b\n\n", 302, "/a?b", true, 0},
      {"path with a status", "Location: /a?b\nStatus: 303\n\n", 303, "/a?b", false, 0},
      {"other fields", "X-A: 1\nContent-Type: a/b\nX-A: 2\n\n", 200, "", false, 3},
      {"the server's own are dropped",
       "Content-Type: a/b\nConnection: x\nDate: y\nTransfer-Encoding: chunked\n\n", 200, "", false,
       1},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      CgiHead head;
      const std::string input = std::string(row.head) + "\n\nbody";
      BOOST_TEST((read(input, head) == Step::whole));
      BOOST_TEST(head.status == row.status);
      BOOST_TEST(head.location == row.location);
      BOOST_TEST(head.is_local_redirect == row.is_local_redirect);
      BOOST_TEST(head.fields.size() == row.field_count);
      BOOST_TEST(head.size == row.head.size());
    }
}

BOOST_AUTO_TEST_CASE(names_and_values_are_as_they_were_written) {
  CgiHead head;
  BOOST_TEST((read("content-TYPE: text/html; charset=utf-8 \nX:\nContent-Length: 12\n\n", head) ==
              Step::whole));
  BOOST_REQUIRE(head.fields.size() == 2u);
  BOOST_TEST(head.fields[0].first == "content-TYPE");
  BOOST_TEST(head.fields[0].second == "text/html; charset=utf-8");
  BOOST_TEST(head.fields[1].first == "X");
  BOOST_TEST(head.fields[1].second == "");
  BOOST_TEST(head.content_length.value_or(0) == 12u);
}

BOOST_AUTO_TEST_CASE(what_is_no_head_is_malformed) {
  const struct {
    std::string_view name, head;
  } rows[]{
      {"nothing", "\n"sv},
      {"none of the three", "X: y\n\n"sv},
      {"no colon", "Content-Type: a/b\nhello\n\n"sv},
      {"no name", "Content-Type: a/b\n: y\n\n"sv},
      {"space before the colon", "Content-Type : a/b\n\n"sv},
      {"folded", "Content-Type: a/b\n c\n\n"sv},
      {"bare CR", "Content-Type: a/b\rX: y\n\n"sv},
      {"CR CR LF", "Content-Type: a/b\r\r\n\n"sv},
      {"NUL", "Content-Type: a/b\0\n\n"sv},
      {"an HTTP status line", "HTTP/1.1 200 OK\nContent-Type: a/b\n\n"sv},
      {"two Content-Type", "Content-Type: a/b\nContent-Type: a/b\n\n"sv},
      {"two Status", "Status: 200\nStatus: 200\n\n"sv},
      {"two Location", "Location: /a\nLocation: /a\n\n"sv},
      {"two Content-Length", "Status: 200\nContent-Length: 1\nContent-Length: 1\n\n"sv},
      {"empty Location", "Location:\n\n"sv},
      {"empty Status", "Status:\n\n"sv},
      {"interim status", "Status: 100 Continue\n\n"sv},
      {"status of two digits", "Status: 20\n\n"sv},
      {"status of four digits", "Status: 2000\n\n"sv},
      {"status beyond", "Status: 600\n\n"sv},
      {"status with a sign", "Status: +20\n\n"sv},
      {"status in words", "Status: OK\n\n"sv},
      {"length with a sign", "Status: 200\nContent-Length: +1\n\n"sv},
      {"length beyond 64 bits", "Status: 200\nContent-Length: 18446744073709551616\n\n"sv},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      CgiHead head;
      BOOST_TEST((read(row.head, head) == Step::malformed));
    }
}

BOOST_AUTO_TEST_CASE(the_limits_hold_to_the_byte) {
  const std::string_view input = "Status: 200\nA: b\nC: d\n\n";
  CgiHead head;
  BOOST_TEST((read(input, head, {.max_header_bytes = input.size()}) == Step::whole));
  BOOST_TEST((read(input, head, {.max_header_bytes = input.size() - 1}) == Step::too_large));
  BOOST_TEST((read(input, head, {.max_headers = 3}) == Step::whole));
  BOOST_TEST((read(input, head, {.max_headers = 2}) == Step::too_large));
  const std::string endless(100'000, 'a');
  BOOST_TEST((read(endless, head) == Step::too_large));
}

BOOST_AUTO_TEST_CASE(byte_by_byte_is_like_whole) {
  const std::string_view input = "Status: 201 Created\r\nContent-Type: a/b\n\r\nbody\n\n";
  CgiHeadReader reader{SessionLimits{}};
  CgiHead head;
  for (std::size_t size = 0; size < input.size() - 6; ++size)
    BOOST_TEST((reader.resume(input.substr(0, size), head) == Step::need_bytes));
  BOOST_TEST((reader.resume(input, head) == Step::whole));
  BOOST_TEST(head.size == input.size() - 6);
  BOOST_TEST(head.status == 201);
}

BOOST_AUTO_TEST_SUITE_END()
