// What must not pass: each row with the section that says so (9112 where no RFC is named).

#include <boost/test/unit_test.hpp>

#include "drive.hpp"

BOOST_AUTO_TEST_SUITE(refusal)

namespace {

using brood::test::Driver;
using brood::test::Transcript;
using namespace std::string_view_literals;

struct Row {
  std::string_view name;
  std::string_view section;
  int status;
  std::string_view request;
};

// Heads end here if the row does not.
constexpr auto end = "\r\n\r\n"sv;

const Row line_rows[]{
    {"no target", "3", 400, "GET\r\n\r\n"sv},
    {"no version (0.9)", "3", 400, "GET /\r\n\r\n"sv},
    {"two spaces", "3", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"space before the version", "3", 400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"space after the version", "3", 400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"sv},
    {"tab for space", "3", 400, "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"leading space", "2.2", 400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"first byte no token", "3.1", 400, "\x16\x03\x01"sv},
    {"method no token", "3.1", 400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"CR alone first", "2.2", 400, "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"LF alone first", "2.2", 400, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"LF alone after the line", "2.2", 400, "GET / HTTP/1.1\nHost: a\r\n\r\n"sv},
    {"CR within the line", "2.2", 400, "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"NUL in the target", "3.2", 400, "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"nine empty lines", "2.2", 400, "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n"sv},

    {"version in small letters", "2.3", 400, "GET / http/1.1\r\nHost: a\r\n\r\n"sv},
    {"version without minor", "2.3", 400, "GET / HTTP/1\r\nHost: a\r\n\r\n"sv},
    {"version of two digits", "2.3", 400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"sv},
    {"version with a comma", "2.3", 400, "GET / HTTP/1,1\r\nHost: a\r\n\r\n"sv},
    {"version with letters", "2.3", 400, "GET / HTTP/1.x\r\nHost: a\r\n\r\n"sv},
    {"version of another protocol", "2.3", 400, "GET / ICAP/1.0\r\nHost: a\r\n\r\n"sv},
    {"version 0.9", "9110 15.6.6", 505, "GET / HTTP/0.9\r\nHost: a\r\n\r\n"sv},
    {"version 2.0", "9110 15.6.6", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"sv},
    {"version 9.9", "9110 15.6.6", 505, "GET / HTTP/9.9\r\nHost: a\r\n\r\n"sv},

    {"CONNECT", "9110 9.3.6", 501, "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"sv},
    {"TRACE", "9110 9.3.8", 501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"sv},

    {"target foo", "3.2", 400, "GET foo HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"target #", "3.2.1", 400, "GET # HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"fragment", "3.2.1", 400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"fragment behind a query", "3.2.1", 400, "GET /a?b#c HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"target %zz", "3986 2.1", 400, "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"percent at the end", "3986 2.1", 400, "GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"percent in a path above 0x7f", "3986 2.1", 400,
     "GET /\xc3\xa9%e HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"angle brackets", "3986 2", 400, "GET /<> HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"quotation mark", "3986 2", 400, "GET /\" HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"backslash in the path", "3986 2", 400, "GET /\\ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"tab in the query", "3986 2", 400, "GET /?a\tb HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"NUL in the query", "3986 2", 400, "GET /?a\0b HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"DEL in the query", "3986 2", 400, "GET /?\x7f HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"space encoded as itself", "3", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"no path but a query", "3.2.1", 400, "GET ?a HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"target with DEL", "3986 2", 400, "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"* with GET", "3.2.4", 400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"more than * with OPTIONS", "3.2.4", 400, "OPTIONS */ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"authority with GET", "3.2.3", 400, "GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"authority without port", "3.2.3", 400, "GET a.example HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"* with HEAD", "3.2.4", 400, "HEAD * HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"no slashes behind the scheme", "3.2.2", 400, "GET http:a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"two hosts in the target", "3.2.2", 400, "GET http://a,b/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"another scheme", "3.2.2", 400, "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"no host in the target", "9110 4.2.1", 400, "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"userinfo", "9110 4.2.4", 400, "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"bad port in the target", "3.2.2", 400, "GET http://a:x/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
    {"https", "9110 7.4", 421, "GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n"sv},
};

// Put behind "GET / HTTP/1.1\r\nHost: a\r\n" and before the end of the head.
const Row field_rows[]{
    {"no colon", "5", 400, "Accept"sv},
    {"empty name", "5.1", 400, ": x"sv},
    {"space before the colon", "5.1", 400, "Accept : x"sv},
    {"tab before the colon", "5.1", 400, "Accept\t: x"sv},
    {"name no token", "5.1", 400, "Acc(ept: x"sv},
    {"name above 0x7f", "5.1", 400, "Acc\xc3\xa9pt: x"sv},
    {"NUL in a name", "5.1", 400, "Acc\0ept: x"sv},
    {"NUL in a value", "9110 5.5", 400, "Accept: x\0y"sv},
    {"control in a value", "9110 5.5", 400, "Accept: x\x01y"sv},
    {"DEL in a value", "9110 5.5", 400, "Accept: x\x7fy"sv},
    {"CR in a value", "2.2", 400, "Accept: x\ry"sv},
    {"CR CR LF", "2.2", 400, "Accept: x\r"sv},
    {"CR CR LF for the empty line", "2.2", 400, "Accept: x\r\n\r"sv},
    {"LF in a value", "2.2", 400, "Accept: x\ny: z"sv},
    {"two LF for the end", "2.2", 400, "Accept: x\n\n"sv},
    {"obs-fold", "5.2", 400, "Accept: x\r\n y"sv},
    {"obs-fold by a tab", "5.2", 400, "Accept: x\r\n\ty"sv},
    {"obs-fold of nothing", "5.2", 400, "Accept: x\r\n "sv},
    {"obs-fold in Transfer-Encoding", "5.2", 400, "Transfer-Encoding:\r\n chunked"sv},

    {"two Host", "3.2", 400, "Host: a"sv},
    {"two Host in two spellings", "3.2", 400, "hOST: a"sv},
    {"two Host, one empty", "3.2", 400, "Host:"sv},
    {"Connection no list of tokens", "9110 7.6.1", 400, "Connection: (close)"sv},

    {"length and coding", "6.1", 400, "Content-Length: 3\r\nTransfer-Encoding: chunked"sv},
    {"coding and length", "6.1", 400, "Transfer-Encoding: chunked\r\nContent-Length: 3"sv},
    {"length and another coding", "6.1", 400, "Content-Length: 3\r\nTransfer-Encoding: gzip"sv},
    {"another coding and length", "6.1", 400, "Transfer-Encoding: gzip\r\nContent-Length: 3"sv},
    {"two equal lengths", "6.3", 400, "Content-Length: 3\r\nContent-Length: 3"sv},
    {"two lengths", "6.3", 400, "Content-Length: 3\r\nContent-Length: 4"sv},
    {"a list of equal lengths", "6.3", 400, "Content-Length: 3, 3"sv},
    {"a list of lengths", "6.3", 400, "Content-Length: 3, 4"sv},
    {"a list with an empty end", "6.3", 400, "Content-Length: 3,"sv},
    {"length +3", "9110 8.6", 400, "Content-Length: +3"sv},
    {"length -3", "9110 8.6", 400, "Content-Length: -3"sv},
    {"length 0x3", "9110 8.6", 400, "Content-Length: 0x3"sv},
    {"length 3e0", "9110 8.6", 400, "Content-Length: 3e0"sv},
    {"length with a tab within", "9110 8.6", 400, "Content-Length: 3\t3"sv},
    {"length and a space before the colon", "5.1", 400, "Content-Length : 3"sv},
    {"lengths in two spellings", "6.3", 400, "content-length: 3\r\nCONTENT-LENGTH: 3"sv},
    {"length in two lines", "5.2", 400, "Content-Length: 3\r\n 3"sv},
    {"length 3.0", "9110 8.6", 400, "Content-Length: 3.0"sv},
    {"length 3 3", "9110 8.6", 400, "Content-Length: 3 3"sv},
    {"no length in Content-Length", "9110 8.6", 400, "Content-Length:"sv},
    {"quoted length", "9110 8.6", 400, "Content-Length: \"3\""sv},
    {"length too large", "9110 15.5.14", 413, "Content-Length: 16777217"sv},
    {"length of 64 bits", "9110 8.6", 413, "Content-Length: 18446744073709551615"sv},
    {"length beyond 64 bits", "9110 8.6", 413, "Content-Length: 18446744073709551616"sv},

    {"coding gzip", "6.1", 501, "Transfer-Encoding: gzip"sv},
    {"coding identity", "6.1", 501, "Transfer-Encoding: identity"sv},
    {"coding xchunked", "6.1", 501, "Transfer-Encoding: xchunked"sv},
    {"coding gzip, chunked", "6.1", 501, "Transfer-Encoding: gzip, chunked"sv},
    {"gzip and chunked in two fields", "6.1", 501,
     "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"sv},
    {"coding chunked, gzip", "6.3", 400, "Transfer-Encoding: chunked, gzip"sv},
    {"chunked and gzip in two fields", "6.3", 400,
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"sv},
    {"chunked, chunked", "6.1", 400, "Transfer-Encoding: chunked, chunked"sv},
    {"chunked in two fields", "6.1", 400,
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"sv},
    {"chunked and gzip and chunked", "6.1", 400, "Transfer-Encoding: chunked, gzip, chunked"sv},
    {"chunked;q=1", "7", 400, "Transfer-Encoding: chunked;q=1"sv},
    {"quoted chunked", "6.1", 400, "Transfer-Encoding: \"chunked\""sv},
    {"no coding in Transfer-Encoding", "6.1", 400, "Transfer-Encoding:"sv},
    {"an empty element", "6.1", 400, "Transfer-Encoding: , chunked"sv},
    {"an empty element behind", "6.1", 400, "Transfer-Encoding: chunked,"sv},
    {"a second field without a coding", "6.1", 400,
     "Transfer-Encoding: chunked\r\nTransfer-Encoding:"sv},
    {"chunked with a control behind", "6.1", 400, "Transfer-Encoding: chunked\x0b"sv},
    {"chunked and a space before the colon", "5.1", 400, "Transfer-Encoding : chunked"sv},
    {"chunked, identity", "6.3", 400, "Transfer-Encoding: chunked, identity"sv},
    {"identity and length", "6.1", 400, "Transfer-Encoding: identity\r\nContent-Length: 3"sv},
    {"coding in an obs-fold", "5.2", 400, "Transfer-Encoding: gzip,\r\n chunked"sv},
    {"NUL behind chunked", "9110 5.5", 400, "Transfer-Encoding: chunked\0"sv},
    {"vertical tab before chunked", "6.1", 400, "Transfer-Encoding: \x0b chunked"sv},

    {"another expectation", "9110 10.1.1", 417, "Expect: 200-ok\r\nContent-Length: 3"sv},
    {"two expectations", "9110 10.1.1", 417, "Expect: 100-continue, a=b"sv},
    {"an expectation without a body", "9110 10.1.1", 417, "Expect: x"sv},
};

// The value of the only Host.
const Row host_rows[]{
    {"space", "3.2", 400, "a b"sv},
    {"userinfo", "3.2", 400, "u@a"sv},
    {"path", "3.2", 400, "a/b"sv},
    {"URI", "3.2", 400, "http://a"sv},
    {"two by a comma", "3.2", 400, "a,b"sv},
    {"only a port", "3.2", 400, ":80"sv},
    {"port of letters", "3.2", 400, "a:b"sv},
    {"port too large", "3.2", 400, "a:65536"sv},
    {"two ports", "3.2", 400, "a:1:2"sv},
    {"open bracket", "3.2", 400, "[::1"sv},
    {"bad address", "3.2", 400, "[::zz]"sv},
    {"more behind the bracket", "3.2", 400, "[::1]a"sv},
    {"broken percent-encoding", "3.2", 400, "a%2"sv},
    {"above 0x7f", "3.2", 400, "\xc3\xa9"sv},
};

// Bodies of "POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".
const Row chunk_rows[]{
    {"no size", "7.1", 400, "\r\nabc\r\n0\r\n\r\n"sv},
    {"size no hex", "7.1", 400, "g\r\n"sv},
    {"size -1", "7.1", 400, "-1\r\n"sv},
    {"size +1", "7.1", 400, "+1\r\na\r\n0\r\n\r\n"sv},
    {"size 0x1", "7.1", 400, "0x1\r\na\r\n0\r\n\r\n"sv},
    {"size behind a space", "7.1", 400, " 1\r\na\r\n0\r\n\r\n"sv},
    {"size with a space behind", "7.1.1", 400, "1 \r\na\r\n0\r\n\r\n"sv},
    {"size of seventeen digits", "7.1", 400, "00000000000000001\r\na\r\n0\r\n\r\n"sv},
    {"size of forty zeros and one", "7.1", 400,
     "0000000000000000000000000000000000000000"
     "1\r\na\r\n0\r\n\r\n"sv},
    {"last chunk of forty zeros", "7.1", 400,
     "1\r\na\r\n0000000000000000000000000000000000000000\r\n\r\n"sv},
    {"size behind a tab", "7.1", 400, "\t1\r\na\r\n0\r\n\r\n"sv},
    {"size in two parts", "7.1", 400, "1 1\r\na\r\n0\r\n\r\n"sv},
    {"size with an underscore", "7.1", 400, "1_0\r\na\r\n0\r\n\r\n"sv},
    {"size beyond 64 bits", "7.1", 400, "10000000000000000\r\n"sv},
    {"size of 64 bits", "7.1", 413, "ffffffffffffffff\r\n"sv},
    {"chunk beyond the limit", "9110 15.5.14", 413, "1000001\r\n"sv},
    {"chunks beyond the limit", "9110 15.5.14", 413, "1\r\na\r\n1000000\r\n"sv},
    {"LF alone after the size", "7.1", 400, "1\na\r\n0\r\n\r\n"sv},
    {"CR alone after the size", "7.1", 400, "1\ra\r\n0\r\n\r\n"sv},
    {"CR CR LF after the size", "7.1", 400, "1\r\r\na\r\n0\r\n\r\n"sv},
    {"CR alone after the data", "7.1", 400, "1\r\na\r0\r\n\r\n"sv},
    {"LF alone after the last chunk", "7.1", 400, "1\r\na\r\n0\r\n\n"sv},
    {"no line end after the data", "7.1", 400, "1\r\nabc\r\n0\r\n\r\n"sv},
    {"LF alone after the data", "7.1", 400, "1\r\na\n0\r\n\r\n"sv},
    {"data too short", "7.1", 400, "5\r\nabc\r\n0\r\n\r\n"sv},
    {"extension without a name", "7.1.1", 400, "1;\r\na\r\n0\r\n\r\n"sv},
    {"extension without a value", "7.1.1", 400, "1;a=\r\na\r\n0\r\n\r\n"sv},
    {"extension's string open", "7.1.1", 400, "1;a=\"b\r\na\r\n0\r\n\r\n"sv},
    {"LF in an extension", "7.1.1", 400, "1;a\nb\r\na\r\n0\r\n\r\n"sv},
    {"NUL in an extension", "7.1.1", 400, "1;a=\"\0\"\r\na\r\n0\r\n\r\n"sv},
    {"trailer malformed", "7.1.2", 400, "0\r\nno colon\r\n\r\n"sv},
    {"trailer with space before the colon", "7.1.2", 400, "0\r\na : b\r\n\r\n"sv},
    {"trailer folded", "7.1.2", 400, "0\r\na: b\r\n c\r\n\r\n"sv},
    {"trailer with LF alone", "7.1.2", 400, "0\r\na: b\n\r\n"sv},
    {"ends in the data", "8", 400, "5\r\nab"sv},
    {"ends before the last line", "8", 400, "1\r\na\r\n0\r\n"sv},
};

void check_refused(const Transcript& got, int status, std::string_view name,
                   std::string_view section) {
  BOOST_TEST_INFO_SCOPE(name << ", section " << section << ": " << got.output);
  BOOST_TEST(got.refused_status == status);
  BOOST_TEST(got.status == status);
  BOOST_TEST(got.wants_linger);
  BOOST_TEST(got.events.find("request") == std::string::npos);
  BOOST_TEST(got.output.find("HTTP/1.1 " + std::to_string(status) + " ") == 0u);
  BOOST_TEST(brood::test::count(got.output, "HTTP/1.1 ") == 1u);
  BOOST_TEST(got.output.find("\r\nConnection: close\r\n") != std::string::npos);
  BOOST_TEST(got.output.find("\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n") != std::string::npos);
  BOOST_TEST(got.output.ends_with('\n'));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_bad_request_line_is_refused) {
  Driver driver;
  for (const Row& row : line_rows)
    check_refused(driver.run(row.request), row.status, row.name, row.section);
}

BOOST_AUTO_TEST_CASE(a_bad_field_is_refused) {
  Driver driver;
  for (const Row& row : field_rows) {
    const std::string request =
        std::string("GET / HTTP/1.1\r\nHost: a\r\n").append(row.request).append(end);
    check_refused(driver.run(request), row.status, row.name, row.section);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_field_is_refused_wherever_it_stands) {
  Driver driver;
  for (const Row& row : field_rows) {
    if (row.request.starts_with(' ')) continue;
    const std::string request = std::string("GET / HTTP/1.1\r\n")
                                    .append(row.request)
                                    .append("\r\nHost: a\r\nAccept: */*")
                                    .append(end);
    check_refused(driver.run(request), row.status, row.name, row.section);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_host_is_refused_in_every_version) {
  Driver driver;
  for (const Row& row : host_rows)
    for (const std::string version : {"1.0", "1.1"}) {
      const std::string request =
          ("GET / HTTP/" + version + "\r\nHost: ").append(row.request).append(end);
      check_refused(driver.run(request), row.status, row.name, row.section);
    }
}

BOOST_AUTO_TEST_CASE(a_bad_chunk_is_refused) {
  Driver driver;
  for (const Row& row : chunk_rows) {
    const std::string request =
        std::string("POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            .append(row.request);
    check_refused(driver.run(request), row.status, row.name, row.section);
  }
}

BOOST_AUTO_TEST_CASE(a_head_is_refused_for_what_it_lacks) {
  const Row rows[]{
      {"no Host in 1.1", "3.2", 400, "GET / HTTP/1.1\r\nAccept: x\r\n\r\n"sv},
      {"no field at all in 1.1", "3.2", 400, "GET / HTTP/1.1\r\n\r\n"sv},
      {"no Host in 1.2", "3.2", 400, "GET / HTTP/1.2\r\n\r\n"sv},
      {"no Host with an absolute target", "3.2", 400, "GET http://a/ HTTP/1.1\r\n\r\n"sv},
      {"two Host in 1.0", "3.2", 400, "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"sv},
      {"chunked in 1.0", "6.1", 400,
       "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"sv},
      {"field before the first folded", "2.2", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"sv},
      {"torn request line", "8", 400, "GET / HT"sv},
      {"torn head", "8", 400, "GET / HTTP/1.1\r\nHost: a\r\n"sv},
      {"torn body", "8", 400, "PUT /want HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab"sv},
  };
  Driver driver;
  for (const Row& row : rows)
    check_refused(driver.run(row.request), row.status, row.name, row.section);
}

BOOST_AUTO_TEST_CASE(a_hopeless_beginning_is_refused_at_once) {
  const std::string chunked =
      "POST /want HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& bytes :
       {std::string("\x16"), std::string(" "), std::string("\n"), std::string("\rG"),
        std::string("\r\n\r\r"), std::string("GET / HTTP/9.9\r\n"), std::string("GET /\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: a\n"), std::string("GET / HTTP/1.1\r\n "),
        chunked + "z", chunked + "1\ra", chunked + "1\n", chunked + "1\r\nab"}) {
    BOOST_TEST_INFO_SCOPE(bytes);
    Driver driver;
    driver.receive(std::string_view{bytes}.substr(0, bytes.size() - 1));
    BOOST_TEST(driver.session().refused_status() == 0);
    driver.receive(std::string_view{bytes}.substr(bytes.size() - 1));
    BOOST_TEST(driver.session().refused_status() != 0);
  }
}

BOOST_AUTO_TEST_CASE(nothing_behind_a_refused_request_is_read) {
  Driver driver;
  const auto next = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"sv;
  for (const Row& row : field_rows) {
    const std::string request =
        std::string("GET / HTTP/1.1\r\nHost: a\r\n").append(row.request).append(end).append(next);
    check_refused(driver.run(request), row.status, row.name, row.section);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_to_head_that_refuses_has_no_body) {
  Driver driver;
  const Transcript got = driver.run("HEAD / HTTP/1.1\r\n\r\n");
  BOOST_TEST(got.refused_status == 400);
  BOOST_TEST(got.output.find("\r\nContent-Length: ") != std::string::npos);
  BOOST_TEST(got.output.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
