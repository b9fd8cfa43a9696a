#include "balance/forwarding/relay.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <brood/unique_fd.hpp>
#include <string>

BOOST_AUTO_TEST_SUITE(relay)

namespace {

using namespace brood;
using namespace std::chrono_literals;
using Step = Relay::Step;

constexpr TimePoint start{1'000'000'000};

/// Both sides' ends of two connections, and the relay between them.
struct Bridge {
  explicit Bridge(std::string_view ours = "", std::string_view first = "") {
    relay.start(ours, first, start);
  }

  struct Pair {
    Pair() {
      std::array<int, 2> fds{};
      BOOST_REQUIRE(
          ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
      near = UniqueFd(fds[0]);
      far = UniqueFd(fds[1]);
    }
    void say(std::string_view text) const {
      BOOST_REQUIRE(::send(far.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
                    static_cast<ssize_t>(text.size()));
    }
    std::string hear() const {
      std::array<char, 4096> space;
      const ssize_t size = ::recv(far.get(), space.data(), space.size(), 0);
      return size > 0 ? std::string(space.data(), static_cast<std::size_t>(size)) : "";
    }
    void end() const { ::shutdown(far.get(), SHUT_WR); }

    UniqueFd near;
    UniqueFd far;
  };

  Step send_on() { return relay.send_on(client.near.get(), server.near.get(), scratch, now); }
  Step answer_on() { return relay.answer_on(client.near.get(), server.near.get(), scratch); }

  Pair client;
  Pair server;
  std::array<char, 4096> scratch{};
  TimePoint now = start;
  Relay relay;
};

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_go_both_ways_until_both_have_ended) {
  Bridge bridge;
  bridge.client.say("ping");
  BOOST_TEST((bridge.send_on() == Step::goes_on));
  BOOST_TEST(bridge.server.hear() == "ping");
  bridge.server.say("pong");
  BOOST_TEST((bridge.answer_on() == Step::goes_on));
  BOOST_TEST(bridge.client.hear() == "pong");
  bridge.client.end();
  bridge.relay.expect_end_of_client();
  BOOST_TEST((bridge.send_on() == Step::goes_on), "the server may still speak");
  bridge.server.end();
  bridge.relay.expect_end_of_server();
  BOOST_TEST((bridge.answer_on() == Step::finished));
  BOOST_TEST(bridge.relay.bytes_in() == 4U);
  BOOST_TEST(bridge.relay.bytes_out() == 4U);
}

BOOST_AUTO_TEST_CASE(what_is_said_before_goes_first_and_only_the_clients_counts) {
  Bridge bridge("PROXY\r\n", "hello ");
  bridge.client.say("world");
  bridge.send_on();
  std::string heard = bridge.server.hear();
  heard += bridge.server.hear();
  BOOST_TEST(heard == "PROXY\r\nhello world");
  BOOST_TEST(bridge.relay.bytes_in() == 11U);
}

BOOST_AUTO_TEST_CASE(a_server_owes_an_answer_only_to_who_has_spoken) {
  Bridge bridge("PROXY\r\n");
  bridge.send_on();
  BOOST_TEST(!bridge.relay.owes_answer(), "the client has said nothing");
  bridge.now = start + 5s;
  bridge.client.say("ping");
  bridge.send_on();
  BOOST_TEST(bridge.relay.owes_answer());
  BOOST_TEST((bridge.relay.asked_at() == start + 5s));
  bridge.server.say("pong");
  bridge.answer_on();
  BOOST_TEST(!bridge.relay.owes_answer());
  bridge.client.say("ping");
  bridge.send_on();
  BOOST_TEST(bridge.relay.owes_answer(), "and again");
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_its_answer_is_waited_for) {
  Bridge bridge;
  const std::string much(4096, 'x');
  Step step = Step::goes_on;
  while (step != Step::awaits_client) {
    while (::send(bridge.server.far.get(), much.data(), much.size(), MSG_NOSIGNAL) > 0) continue;
    step = bridge.answer_on();
    BOOST_REQUIRE((step == Step::goes_on || step == Step::has_more || step == Step::awaits_client));
  }
  BOOST_TEST(bridge.relay.awaits_client());
  BOOST_TEST(bridge.relay.has_answer());

  const auto is_taken_still = [&] {
    return bridge.relay.is_taken_still(bridge.client.near.get(), bridge.server.near.get());
  };
  BOOST_TEST(!is_taken_still());
  for (int count = 0; count < 4; ++count) bridge.client.hear();
  BOOST_TEST(is_taken_still(), "it reads, if there is no room for more yet");
  BOOST_TEST(!is_taken_still(), "but not since then");
}

BOOST_AUTO_TEST_CASE(who_has_gone) {
  Bridge left;
  left.client.far.reset();
  left.server.say("pong");
  BOOST_TEST((left.answer_on() == Step::client_left));
  BOOST_TEST(!left.relay.has_answer());

  Bridge silent;
  silent.server.far.reset();
  silent.client.say("ping");
  BOOST_TEST((silent.send_on() != Step::client_left), "the server may have answered before");
}

BOOST_AUTO_TEST_SUITE_END()
