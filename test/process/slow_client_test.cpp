// A client that is slow is given up in time, also one that always sends a little more. It costs a
// blocking worker that time, so there the log names it; an event-driven one serves others
// meanwhile.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/balancer.hpp"
#include "support/cgi_folder.hpp"
#include "support/steady_reader.hpp"

BOOST_AUTO_TEST_SUITE(slow_client)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

const std::vector<std::string> models{"prefork", "prefork-epoll"};
const std::vector<std::string> modes{"http", "tcp"};

Launch impatient(const std::string& model) {
  return faulty(1, {"--model", model, "--header-timeout", "1s", "--body-timeout", "1s",
                    "--write-timeout", "1s", "--min-rate", "1000"});
}

/// Sends a byte, and another one whenever no answer has come for a while.
Reply trickle(Client& client) {
  Reply reply;
  eventually([&] {
    client.send("a");
    reply = client.read_reply(false, 100ms);
    return reply.status != 0;
  });
  return reply;
}

/// Noted where it has cost something, and nowhere else.
void check_note(const Server& server, const std::string& model, const std::string& text) {
  if (model == "prefork")
    BOOST_TEST(is_noted(server, "slow client: " + text + " not "));
  else
    BOOST_TEST(server.log("worker_note").empty());
}

}  // namespace

BOOST_DATA_TEST_CASE(who_trickles_is_told_408_however_small_the_pauses, models, model) {
  const struct {
    const char* name;
    const char* begin;
  } rows[] = {
      {"head", "GET / HTTP/1.1\r\nHost: test\r\nX: "},
      {"body", "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n\r\n"},
  };
  const Server server(impatient(model));
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      Client client = Client::tcp(server.port());
      client.send(row.begin);
      BOOST_TEST(trickle(client).status == 408);
      BOOST_TEST(client.is_closed_by_server());
      check_note(server, model, row.name);
    }
}

// Method: a time-out of a second, and a client that reads a little more often. Room in the kernel
// for as much as epoll tells of comes only after minutes.
BOOST_DATA_TEST_CASE(a_steady_reader_is_never_given_up, models, model) {
  const Server server(impatient(model));
  Client client = Client::tcp(server.port());
  const int small = 4096;
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client.send(get_request("/stream/8000000"));
  read_steadily(client.fd());
  // Of a blocking worker the log tells; another one can be asked.
  BOOST_TEST(server.log("worker_note").empty());
  if (model == "prefork-epoll") BOOST_TEST(get(server.port(), "/is-open").body == "yes\n");
  BOOST_TEST(server.log("worker_ended").empty());
}

BOOST_DATA_TEST_CASE(who_does_not_take_the_response_is_given_up, models, model) {
  const Server server(impatient(model));
  Client client = Client::tcp(server.port());
  client.send(get_request("/stream/1000000000"));
  BOOST_TEST(client.read_reply().status == 200);  // A head, and as much as the kernel holds.
  BOOST_TEST(eventually([&] { return get(server.port(), "/is-open").body == "no\n"; }));
  check_note(server, model, "response");
}

BOOST_DATA_TEST_CASE(the_shortest_time_out_is_not_for_ever, models, model) {
  const Server server(faulty(1, {"--model", model, "--keep-alive-timeout", "500ns"}));
  Client client = Client::tcp(server.port());
  BOOST_TEST(client.exchange(get_request("/")).status == 200);
  BOOST_TEST(client.is_closed_by_server());
}

BOOST_DATA_TEST_CASE(nor_does_a_balancer_give_a_steady_reader_up, modes, mode) {
  const std::string body(8'000'000, 'x');
  Backend backend([&](Visit& visit) {
    visit.read_head();
    visit.send(ok_reply(body));
  });
  const Server balance(
      balancer({&backend}, {"--mode", mode, "--health-format", "connect", "--client-timeout", "1s",
                            "--server-timeout", "1s", "--access-log", "stderr"}));
  Client client = Client::tcp(balance.port());
  const int small = 4096;
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client.send(get_request("/"));
  // What the kernel took for it before it was told to hold little.
  std::string early(1'000'000, '\0');
  BOOST_TEST(::recv(client.fd(), early.data(), early.size(), 0) > 0);
  read_steadily(client.fd());
  BOOST_TEST(balance.log("access").empty(), balance.log_tail());  // The request goes on.
}

BOOST_AUTO_TEST_SUITE_END()
