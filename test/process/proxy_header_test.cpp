// Goal: behind a trusted proxy a request has its client's address, and nobody else can claim one.
// Method: a program that tells REMOTE_ADDR, asked over connections with and without a PROXY header.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/cgi_folder.hpp"
#include "support/health.hpp"

BOOST_AUTO_TEST_SUITE(proxy_header)

namespace {

using namespace brood;
using namespace brood::test;
using namespace std::string_literals;

const std::vector<std::string> models{"prefork", "prefork-epoll"};
const std::string line = "PROXY TCP4 192.0.2.7 198.51.100.1 37392 443\r\n";

/// A server whose every answer is the client's address and port.
struct Site {
  CgiFolder folder;
  std::string socket = folder / "socket";

  Launch launch(const std::string& model, const std::string& trusted) const {
    folder.add("who",
               "who=\"$REMOTE_ADDR $REMOTE_PORT\"\n"
               "printf 'Content-Type: text/plain\\nContent-Length: %d\\n\\n%s' ${#who} \"$who\"\n");
    return {.binary = BROOD_BINARY,
            .options = {"--model", model, "--handler", "cgi", "--root", folder / "who",
                        "--trusted-proxies", trusted, "--listen", "127.0.0.1:0", "--listen",
                        "unix:" + socket}};
  }
};

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string local = signature + "\x20\x00\x00\x00"s;
/// 2001:db8::7 and ::1, ports 37392 and 443.
const std::string binary = signature + "\x21\x21\x00\x24"s + "\x20\x01\x0d\xb8" +
                           std::string(11, '\0') + "\x07" + std::string(15, '\0') +
                           "\x01\x92\x10\x01\xbb";

}  // namespace

BOOST_DATA_TEST_CASE(whom_a_trusted_proxy_introduces_is_the_client, models, model) {
  const Site site;
  Server server(site.launch(model, "10.0.0.0/8,127.0.0.1"));
  const struct {
    const char* name;
    std::string header;
    const char* want;
  } rows[] = {{"text", line, "192.0.2.7 37392"},
              {"binary", binary, "2001:db8::7 37392"},
              {"itself", "PROXY UNKNOWN\r\n", "127.0.0.1 "},
              {"itself, in binary", local, "127.0.0.1 "}};
  for (const auto& row : rows) {
    Client client = Client::tcp(server.port());
    const Reply reply = client.exchange(row.header + get_request("/"));
    BOOST_TEST(reply.body.starts_with(row.want), row.name << ": " << reply.body);
  }
}

BOOST_DATA_TEST_CASE(a_connection_keeps_its_client_from_one_request_to_the_next, models, model) {
  const Site site;
  Server server(site.launch(model, "127.0.0.1"));
  Client client = Client::tcp(server.port());
  client.send(line);  // Some proxies connect before they have a request.
  BOOST_TEST(
      load_in(
          Client::tcp(server.port()).exchange("PROXY UNKNOWN\r\n" + get_request("/healthcheck")))
          .busy >= 1U);
  for (int times = 0; times < 3; ++times)
    BOOST_TEST(client.exchange(get_request("/")).body == "192.0.2.7 37392");
  BOOST_TEST(client.exchange(line).status == 400, "a second header is none");
  Client next = Client::tcp(server.port());
  BOOST_TEST(next.exchange("PROXY UNKNOWN\r\n" + get_request("/")).body.starts_with("127.0.0.1 "),
             "and the next connection has its own");
}

BOOST_DATA_TEST_CASE(the_header_may_come_in_any_pieces, models, model) {
  const Site site;
  Server server(site.launch(model, "127.0.0.1"));
  for (const std::string& header : {line, binary}) {
    Client client = Client::tcp(server.port());
    for (const char byte : header) client.send({&byte, 1});
    BOOST_TEST(client.exchange(get_request("/")).body.ends_with(" 37392"));
  }
}

BOOST_DATA_TEST_CASE(a_trusted_proxy_without_a_header_is_refused, models, model) {
  const Site site;
  Server server(site.launch(model, "127.0.0.1"));
  for (const std::string& request : {get_request("/"), get_request("/healthcheck"),
                                     "PROXY TCP4 nobody\r\n" + get_request("/")}) {
    Client client = Client::tcp(server.port());
    const Reply reply = client.exchange(request);
    BOOST_TEST(reply.status == 400);
    BOOST_TEST(reply.body.find("PROXY header") != std::string::npos, reply.body);
    BOOST_TEST(client.is_closed_by_server());
  }
}

BOOST_DATA_TEST_CASE(nobody_else_may_introduce_anybody, models, model) {
  const Site site;
  for (const char* const trusted : {"off", "10.0.0.0/8,::1", "unix"}) {
    Server server(site.launch(model, trusted));
    for (const std::string& header : {line, binary})
      BOOST_TEST(Client::tcp(server.port()).exchange(header + get_request("/")).status == 400);
    BOOST_TEST(get(server.port(), "/").body.starts_with("127.0.0.1 "), trusted);
  }
}

BOOST_DATA_TEST_CASE(a_proxy_may_come_through_a_unix_socket, models, model) {
  const Site site;
  Server server(site.launch(model, "unix"));
  const Reply reply = Client::unix_path(site.socket).exchange(line + get_request("/"));
  BOOST_TEST(reply.body == "192.0.2.7 37392");
  BOOST_TEST(Client::unix_path(site.socket).exchange(get_request("/")).status == 400);
}

BOOST_AUTO_TEST_CASE(a_reporter_asks_nobody_for_a_header) {
  const Site site;
  Launch launch = site.launch("prefork", "127.0.0.1");
  launch.options.insert(launch.options.end(), {"--health-listen", "127.0.0.1:0"});
  Server server(launch);
  const std::string where = text_of(server.wait_for("reporter_started"), "listen");
  const auto port = static_cast<std::uint16_t>(std::stoi(where.substr(where.rfind(':') + 1)));
  BOOST_TEST(!load_at(port).is_draining);
}

BOOST_AUTO_TEST_SUITE_END()
