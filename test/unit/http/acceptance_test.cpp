// What must pass: each row with the section that says so (9112 where no RFC is named).

#include <boost/test/unit_test.hpp>

#include "drive.hpp"

using brood::test::Driver;
using brood::test::Transcript;

BOOST_AUTO_TEST_SUITE(acceptance)

BOOST_AUTO_TEST_CASE(what_is_sound_is_answered) {
  // `kept`: whether the connection is there for another request.
  const struct {
    std::string_view name, section, request, answer;
    bool kept;
  } rows[]{
      {"1.1", "9.3", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ", true},
      {"1.2 as 1.1", "9110 2.5", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET / ", true},
      {"1.9 as 1.1", "9110 2.5", "GET / HTTP/1.9\r\nHost: a\r\n\r\n", "GET / ", true},
      {"empty lines before", "2.2", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / ", true},
      {"eight of them", "2.2", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET / ", true},
      {"close", "9.6", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / ", false},
      {"close in a list", "9.6", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n",
       "GET / ", false},
      {"close in the second", "9.6",
       "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n", "GET / ", false},
      {"not close", "9.6", "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", "GET / ",
       true},
      {"empty elements in Connection", "9110 5.6.1",
       "GET / HTTP/1.1\r\nHost: a\r\nConnection: , keep-alive ,\r\n\r\n", "GET / ", true},
      {"another's close", "9110 7.6.1",
       "GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n", "GET / ", true},
      {"1.0", "9.3", "GET / HTTP/1.0\r\n\r\n", "GET / ", false},
      {"1.0 with Host", "3.2", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", "GET / ", false},
      {"1.0 keep-alive", "9.3", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / ", true},
      {"1.0 both", "9.3", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET / ",
       false},
      {"1.0 and an expectation", "9110 10.1.1",
       "PUT /want HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", "PUT /want x",
       false},
      {"no white space", "5.1", "GET / HTTP/1.1\r\nhOST:a\r\nAccept:\r\n\r\n", "GET / ", true},
      {"white space around a value", "5.1", "GET / HTTP/1.1\r\nHost: \t a \t \r\n\r\n", "GET / ",
       true},
      {"bytes above 0x7f in a value", "9110 5.5",
       "GET / HTTP/1.1\r\nHost: a\r\nCookie: \xc3\xa9\tb\r\n\r\n", "GET / ", true},
      {"empty Host", "3.2", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / ", true},
      {"Host with port", "3.2", "GET / HTTP/1.1\r\nHost: a-b.example:8080\r\n\r\n", "GET / ", true},
      {"Host by address", "3.2", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET / ", true},
      {"query", "3.2.1", "GET /a/b?c=d&e[]=%20/? HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET /a/b?c=d&e[]=%20/? ", true},
      {"absolute", "3.2.2", "GET HTTP://b/c HTTP/1.1\r\nHost: a\r\n\r\n", "GET HTTP://b/c ", true},
      {"asterisk", "3.2.4", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * ", true},
      {"POST without a body", "9112 6.3", "POST /want HTTP/1.1\r\nHost: a\r\n\r\n", "POST /want ",
       true},
      {"PUT without a body", "9112 6.3", "PUT /want HTTP/1.1\r\nHost: a\r\n\r\n", "PUT /want ",
       true},
      {"PATCH without a body", "9112 6.3", "PATCH / HTTP/1.1\r\nHost: a\r\n\r\n", "PATCH / ", true},
      {"POST without a body in 1.0", "9112 6.3", "POST / HTTP/1.0\r\n\r\n", "POST / ", false},
      {"a method of WebDAV", "9110 9.1", "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n", "PROPFIND / ",
       true},
      {"a method in small letters", "9110 9.1", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get / ",
       true},
      {"a method with a body", "10008 2",
       "QUERY /want HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "QUERY /want abc", true},
      {"a percent sign alone in a query", "3986 3.4",
       "GET /?50%&%u20ac%zz HTTP/1.1\r\nHost: a\r\n\r\n", "GET /?50%&%u20ac%zz ", true},
      {"what curl sends in a query", "3986 3.4",
       "GET /?a=\"<b>\"&\\`{}\xc3\xa9\xff HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET /?a=\"<b>\"&\\`{}\xc3\xa9\xff ", true},
      {"UTF-8 in a path", "3986 2", "GET /\xc3\xa9/%41 HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET /\xc3\xa9/%41 ", true},
      {"a byte above 0x7f in a path", "3986 2", "GET /\x80 HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET /\x80 ", true},
      {"DELETE without length", "9110 9.3.5", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE / ",
       true},
      {"empty POST", "9110 8.6", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
       "POST / ", true},
      {"body", "6.2", "PATCH /want HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
       "PATCH /want abc", true},
      {"leading zeros", "9110 8.6",
       "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc", "PUT /want abc", true},
      {"body of a GET", "6", "GET /want HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
       "GET /want abc", true},
      {"body drained", "9.3", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
       "POST / ", true},
      {"chunked", "7.1",
       "POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
       "3\r\nabc\r\n00A\r\n0123456789\r\n000\r\n\r\n",
       "POST /want abc0123456789", true},
      {"chunked drained", "7.1",
       "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
       "POST / ", true},
      {"extensions and trailer", "7.1.1",
       "POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
       "3;a;b=c ; d = \"e\\\";\"\r\nabc\r\n0;f\r\nHost: evil\r\nContent-Length: 9\r\n\r\n",
       "POST /want abc", true},
      {"sixteen digits", "7.1",
       "POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
       "0000000000000003\r\nabc\r\n0000000000000000\r\n\r\n",
       "POST /want abc", true},
      {"expectation met", "9110 10.1.1",
       "PUT /want HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\nabc",
       "PUT /want abc", true},
      {"expectation without a body", "9110 10.1.1",
       "GET /want HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", "GET /want ", true},
  };
  Driver driver;
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name << ", section " << row.section);
    const Transcript got = driver.run(row.request);
    BOOST_TEST(got.status == 200);
    BOOST_TEST(got.refused_status == 0);
    BOOST_TEST(!got.wants_linger);
    BOOST_TEST(got.output.ends_with("\r\n\r\n" + std::string(row.answer)));
    const Transcript twice =
        driver.run(std::string(row.request) + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
    BOOST_TEST((twice.output.find("GET /second") != std::string::npos) == row.kept);
    BOOST_TEST((got.output.find("\r\nConnection: close\r\n") == std::string::npos) == row.kept);
    BOOST_TEST(twice.wants_linger == !row.kept);  // What was not read could destroy the answer.
  }
}

BOOST_AUTO_TEST_SUITE_END()
