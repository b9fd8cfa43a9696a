// Requests that two readers could read two ways, and others that break the rules, byte for byte on
// the wire: each is refused with its status, nothing behind it is answered, and nobody is hurt.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/client.hpp"
#include "support/models.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(hostile)

namespace {

using namespace brood::test;

struct Row {
  const char* name;
  std::string bytes;
  int status;
};

const std::string plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string fields(const std::string& lines) {
  return "GET / HTTP/1.1\r\n" + lines + "\r\n";
}

std::string line(const std::string& request_line) {
  return request_line + "\r\nHost: a\r\n\r\n";
}

/// A POST whose body begins with what a careless reader takes for the next request.
std::string framed(const std::string& lines) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

std::string chunked(const std::string& body) {
  return framed("Transfer-Encoding: chunked\r\n") + body;
}

const std::vector<Row>& rows() {
  using namespace std::string_literals;
  static const std::vector<Row> table{
      // RFC 9112, section 6: framing.
      {"both lengths", framed("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
       400},
      {"both lengths, the other way", framed("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"),
       400},
      {"two equal lengths", framed("Content-Length: 3\r\nContent-Length: 3\r\n") + "abc", 400},
      {"two lengths that differ", framed("Content-Length: 3\r\nContent-Length: 4\r\n") + "abc",
       400},
      {"a list of lengths", framed("Content-Length: 3, 3\r\n") + "abc", 400},
      {"a length with a plus", framed("Content-Length: +3\r\n") + "abc", 400},
      {"a length with a minus", framed("Content-Length: -3\r\n") + "abc", 400},
      {"a hexadecimal length", framed("Content-Length: 0x3\r\n") + "abc", 400},
      {"an empty length", framed("Content-Length:\r\n") + "abc", 400},
      {"a length that is no number", framed("Content-Length: three\r\n"), 400},
      {"a length beyond 64 bits", framed("Content-Length: 18446744073709551616\r\n"), 413},
      {"xchunked", framed("Transfer-Encoding: xchunked\r\n"), 501},
      {"identity", framed("Transfer-Encoding: identity\r\n"), 501},
      {"gzip", framed("Transfer-Encoding: gzip\r\n"), 501},
      {"no coding at all", framed("Transfer-Encoding:\r\n"), 400},
      {"chunked, then gzip", framed("Transfer-Encoding: chunked, gzip\r\n"), 400},
      {"chunked twice", framed("Transfer-Encoding: chunked, chunked\r\n"), 400},
      {"chunked in two fields",
       framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"chunked in quotes", framed("Transfer-Encoding: \"chunked\"\r\n"), 400},
      {"chunked with a parameter", framed("Transfer-Encoding: chunked;q=1\r\n"), 400},
      {"chunked behind a vertical tab", framed("Transfer-Encoding: \vchunked\r\n"), 400},
      {"a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      // Section 7.1: chunks.
      {"forty leading zeros", chunked(std::string(40, '0') + "3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size beyond 64 bits", chunked("10000000000000000\r\n"), 400},
      {"a chunk size with 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a blank before a chunk size", chunked(" 3\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk without a size", chunked("\r\nabc\r\n0\r\n\r\n"), 400},
      {"a chunk that is longer than it says", chunked("3\r\nabcd\r\n0\r\n\r\n"), 400},
      {"a chunk size that ends in a bare LF", chunked("3\nabc\r\n0\r\n\r\n"), 400},
      {"chunk data that ends in a bare LF", chunked("3\r\nabc\n0\r\n\r\n"), 400},
      {"a bare CR in a chunk extension", chunked("3;a=\rb\r\nabc\r\n0\r\n\r\n"), 400},
      {"a trailer with a folded line", chunked("0\r\nA: b\r\n c\r\n\r\n"), 400},
      {"chunks beyond the limit", chunked("fffff\r\n"), 413},
      // Section 5 and 2.2: fields and line ends.
      {"a space before the colon", fields("Host: a\r\nX : b\r\n"), 400},
      {"a tab before the colon of Transfer-Encoding", framed("Transfer-Encoding\t: chunked\r\n"),
       400},
      {"a folded field", fields("Host: a\r\nX: b\r\n c\r\n"), 400},
      {"a folded Transfer-Encoding", framed("Transfer-Encoding:\r\n chunked\r\n"), 400},
      {"a first field that is folded", fields(" Host: a\r\n"), 400},
      {"a bare CR in a value", fields("Host: a\r\nX: b\rc\r\n"), 400},
      {"a bare LF after a field", fields("Host: a\nX: b\r\n"), 400},
      {"a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"a NUL in a value", fields("Host: a\r\nX: b\0c\r\n"s), 400},
      {"a NUL in a name", fields("Host: a\r\nX\0: b\r\n"s), 400},
      {"a control character in a value", fields("Host: a\r\nX: \x01\r\n"), 400},
      {"a field without a name", fields("Host: a\r\n: b\r\n"), 400},
      {"a field without a colon", fields("Host: a\r\nnonsense\r\n"), 400},
      {"parentheses in a name", fields("Host: a\r\nX(y): b\r\n"), 400},
      // RFC 9110, section 7.2: Host.
      {"no Host", fields(""), 400},
      {"two Hosts", fields("Host: a\r\nHost: a\r\n"), 400},
      {"a Host with a path", fields("Host: a/b\r\n"), 400},
      {"a Host with a user", fields("Host: u@a\r\n"), 400},
      {"a Host with a space", fields("Host: a b\r\n"), 400},
      {"two Hosts in one", fields("Host: a, b\r\n"), 400},
      {"a Host with a port that is none", fields("Host: a:99999\r\n"), 400},
      // RFC 9112, section 3: request lines, versions and targets.
      {"a version beyond", line("GET / HTTP/2.0"), 505},
      {"a version before", line("GET / HTTP/0.9"), 505},
      {"a version with two digits", line("GET / HTTP/1.10"), 400},
      {"a version in small letters", line("GET / http/1.1"), 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"two spaces", line("GET  / HTTP/1.1"), 400},
      {"a tab for a space", line("GET\t/ HTTP/1.1"), 400},
      {"a space at the end", line("GET / HTTP/1.1 "), 400},
      {"a target without a slash", line("GET foo HTTP/1.1"), 400},
      {"a target of a fragment", line("GET # HTTP/1.1"), 400},
      {"a fragment behind a target", line("GET /a#b HTTP/1.1"), 400},
      {"a percent without digits", line("GET /%zz HTTP/1.1"), 400},
      {"a percent at the end", line("GET /% HTTP/1.1"), 400},
      {"angle brackets", line("GET /<> HTTP/1.1"), 400},
      {"a percent without digits behind UTF-8", line("GET /\xc3\xa9%z HTTP/1.1"), 400},
      {"an asterisk with GET", line("GET * HTTP/1.1"), 400},
      {"an authority with GET", line("GET a:80 HTTP/1.1"), 400},
      {"an absolute target with a user", line("GET http://u@a/ HTTP/1.1"), 400},
      {"an absolute target without a host", line("GET http:/// HTTP/1.1"), 400},
      {"CONNECT", line("CONNECT a:80 HTTP/1.1"), 501},
      {"TRACE", line("TRACE / HTTP/1.1"), 501},
      {"a method that is no token", line("GE(T / HTTP/1.1"), 400},
      {"a TLS client", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
      {"nine empty lines", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n" + plain, 400},
      // Limits.
      {"a request line beyond the limit", line("GET /" + std::string(17000, 'a') + " HTTP/1.1"),
       414},
      {"a field beyond the limit", fields("Host: a\r\nX: " + std::string(20000, 'a') + "\r\n"),
       431},
      {"a body beyond the limit", framed("Content-Length: 1001\r\n"), 413},
      {"an expectation that is not met", framed("Expect: tea\r\nContent-Length: 0\r\n"), 417},
      // What must pass.
      {"an empty line before the request", "\r\n" + plain, 200},
      {"HTTP/1.2", line("GET / HTTP/1.2"), 200},
      {"chunks with extensions and a trailer",
       chunked("3;a=b;c=\"d;\\\"\"\r\nabc\r\n0\r\nX: y\r\n\r\n"), 200},
      {"an absolute target", line("GET http://b:80/c?d HTTP/1.1"), 200},
      {"an asterisk with OPTIONS", line("OPTIONS * HTTP/1.1"), 200},
      {"an empty Host", fields("Host:\r\n"), 200},
      {"no white space behind a colon", fields("Host:a\r\nX:b\r\n"), 200},
  };
  return table;
}

std::string many_fields() {
  std::string lines = "Host: a\r\n";
  for (int at = 0; at < 100; ++at) lines += "X: y\r\n";
  return fields(lines);
}

/// With a limit of a thousand bytes for bodies.
Launch launch_of(const std::string& model) {
  return {.binary = BROOD_BINARY,
          .options = options_of_model(model, 2, {"--think-time", "0", "--max-body-bytes", "1000"})};
}

}  // namespace

BOOST_DATA_TEST_CASE(each_row_gets_its_status_and_nothing_behind_it_is_answered, all_models,
                     model) {
  Server server(launch_of(model));
  const std::vector<pid_t> workers = server.workers();
  std::vector<Row> table = rows();
  table.push_back({"too many fields", many_fields(), 431});
  for (const Row& row : table) BOOST_TEST_CONTEXT(row.name) {
      Client client = Client::tcp(server.port());
      client.send(row.bytes + (row.status == 200 ? "" : plain));
      const Reply reply = client.read_reply();
      BOOST_TEST(reply.status == row.status);
      if (row.status == 200) continue;
      BOOST_TEST(reply.header("Connection") == "close");
      const auto [rest, is_closed] = client.read_to_end();
      BOOST_TEST(rest == "");
      BOOST_TEST(is_closed);
    }
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST((server.workers() == workers));
  BOOST_TEST(server.log("worker_ended").empty());
}

/// The verdict must not depend on how the bytes were cut.
BOOST_DATA_TEST_CASE(a_row_that_comes_byte_by_byte_gets_the_same_status, all_models, model) {
  Server server(launch_of(model));
  for (const Row& row : rows()) BOOST_TEST_CONTEXT(row.name) {
      if (row.bytes.size() > 200) continue;
      Client client = Client::tcp(server.port());
      for (const char byte : row.bytes)
        if (!client.send(std::string(1, byte))) break;  // It has been refused and closed.
      BOOST_TEST(client.read_reply().status == row.status);
    }
  BOOST_TEST(get(server.port(), "/").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
