// Behind a 101 the connection is no longer HTTP: bytes both ways until both sides have ended.
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <string>

#include "support/balancer.hpp"

namespace {

using namespace brood::test;

const std::string upgrade =
    "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: k\r\n\r\n";
const std::string agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: a\r\n\r\n";

/// Agrees if it is asked for a websocket, and says everything twice until the client has ended.
void say_twice(Visit& visit) {
  const std::string head = visit.read_head();
  if (head.find("Upgrade: websocket\r\n") == std::string::npos ||
      head.find("Connection: upgrade\r\n") == std::string::npos)
    return void(visit.send(ok_reply("no upgrade")));
  visit.send(agreed + "hello");
  for (std::string word = visit.read(4); word.size() == 4; word = visit.read(4))
    visit.send(word + word);
  visit.send("bye");
}

/// Reads until what has come ends so.
std::string read_until(Client& client, const std::string& ending) {
  std::string bytes;
  std::array<char, 256> piece;
  while (!bytes.ends_with(ending)) {
    const ssize_t size = ::recv(client.fd(), piece.data(), piece.size(), 0);
    if (size <= 0) break;
    bytes.append(piece.data(), static_cast<std::size_t>(size));
  }
  return bytes;
}

BOOST_AUTO_TEST_SUITE(balance_upgrade)

BOOST_AUTO_TEST_CASE(a_tunnel_carries_bytes_and_ends_both_ways) {
  Backend backend(say_twice);
  const Server balancer(brood::test::balancer({&backend}, {"--access-log", "stderr"}));
  Client client = Client::tcp(balancer.port());
  client.send(upgrade + "1234");  // The first word comes with the head.
  const std::string begin = read_until(client, "12341234");
  BOOST_TEST(begin.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  BOOST_TEST(begin.find("Upgrade: websocket\r\nConnection: upgrade\r\n\r\nhello12341234") !=
             std::string::npos);
  BOOST_TEST(begin.find("Sec-WebSocket-Accept: a\r\n") != std::string::npos);
  client.send("\x81\x05\r\n");
  client.half_close();
  const auto [rest, has_ended] = client.read_to_end();
  BOOST_TEST(has_ended);
  BOOST_TEST(rest == "\x81\x05\r\n\x81\x05\r\nbye");
  const LogLine line = balancer.wait_for("access");
  BOOST_TEST(number_of(line, "status") == 101);
  BOOST_TEST(text_of(line, "end") == "done");
}

BOOST_AUTO_TEST_CASE(a_tunnel_holds_its_place) {
  Backend backend(say_twice);
  const Server balancer(brood::test::balancer({&backend}, {"-N", "1", "--queue-timeout", "50ms"}));
  Client client = Client::tcp(balancer.port());
  client.send(upgrade);
  read_until(client, "hello");
  BOOST_TEST(get(balancer.port(), "/").status == 503);
  client.close();
  BOOST_TEST(eventually([&] { return get(balancer.port(), "/").status == 200; }));
}

BOOST_AUTO_TEST_CASE(a_tunnel_is_carried_in_bulk) {
  Backend backend([](Visit& visit) {
    visit.read_head();
    visit.send(agreed);
    visit.send(visit.read_to_end());
  });
  const Server balancer(brood::test::balancer({&backend}));
  Client client = Client::tcp(balancer.port());
  client.send(upgrade);
  read_until(client, "\r\n\r\n");
  const std::string bulk(5'000'000, 'w');
  client.send(bulk);
  client.half_close();
  BOOST_TEST((client.read_to_end().first == bulk));
}

BOOST_AUTO_TEST_CASE(http_2_in_the_clear_is_no_way_around) {
  Backend backend(say_twice);
  const Server balancer(brood::test::balancer({&backend}));
  const std::string reply =
      ask(balancer.port(),
          "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
          "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
  BOOST_TEST(reply.ends_with("no upgrade"));
}

BOOST_AUTO_TEST_CASE(an_upgrade_that_nobody_asked_for_is_a_bad_answer) {
  Backend backend([](Visit& visit) {
    visit.read_head();
    visit.send(agreed);
    visit.hold();
  });
  const Server balancer(brood::test::balancer({&backend}));
  BOOST_TEST(
      ask(balancer.port(), "POST / HTTP/1.1\r\nHost: h\r\n\r\n").starts_with("HTTP/1.1 502"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
