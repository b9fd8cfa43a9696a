#include "balance/forwarding/pump.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <brood/unique_fd.hpp>

BOOST_AUTO_TEST_SUITE(pump)

namespace {

using namespace brood;
using Step = Pump::Step;

/// One direction: what is said at `from` is heard at `to`.
struct Bridge {
  Bridge() {
    connect(from, source);
    connect(sink, to);
  }
  static void connect(UniqueFd& one, UniqueFd& other) {
    std::array<int, 2> fds{};
    BOOST_REQUIRE(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    one = UniqueFd(fds[0]);
    other = UniqueFd(fds[1]);
  }
  std::size_t say(std::string_view text) const {
    const ssize_t size = ::send(from.get(), text.data(), text.size(), MSG_NOSIGNAL);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }
  std::string hear() const {
    std::string heard(64UL * 1024, '\0');
    const ssize_t size = ::recv(to.get(), heard.data(), heard.size(), 0);
    heard.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return heard;
  }
  /// Whether the end has come.
  bool has_ended() const {
    char byte = 0;
    return ::recv(to.get(), &byte, 1, 0) == 0;
  }
  Step run() { return pump.run(source.get(), sink.get(), scratch); }

  UniqueFd from, source, sink, to;
  std::array<char, 4096> scratch{};
  Pump pump;
};

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_go_on_as_they_come) {
  Bridge bridge;
  BOOST_TEST((bridge.run() == Step::awaits_source));
  bridge.pump.put_first("said before, ");
  bridge.say("and now");
  BOOST_TEST((bridge.run() == Step::awaits_source));
  std::string heard = bridge.hear();
  heard += bridge.hear();
  BOOST_TEST(heard == "said before, and now");
  BOOST_TEST(bridge.pump.moved() == 20U);
  BOOST_TEST(!bridge.pump.holds_bytes());
}

BOOST_AUTO_TEST_CASE(the_end_is_handed_on_behind_all_bytes) {
  Bridge bridge;
  bridge.say("last words");
  ::shutdown(bridge.from.get(), SHUT_WR);
  bridge.pump.expect_end();
  BOOST_TEST((bridge.run() == Step::finished));
  BOOST_TEST(bridge.pump.is_finished());
  BOOST_TEST(bridge.hear() == "last words");
  BOOST_TEST(bridge.has_ended());
  BOOST_TEST((bridge.run() == Step::finished), "however often it is asked");
}

/// Whether it copies at first or splices later: not a byte is lost where the sink is full.
BOOST_AUTO_TEST_CASE(a_full_sink_holds_the_source_up_and_nothing_is_lost) {
  Bridge bridge;
  std::string said;
  std::string heard;
  for (int round = 0; round < 20; ++round) {
    for (Step step = Step::has_more; step != Step::awaits_sink; step = bridge.run()) {
      for (std::size_t size = 1; size > 0;) {
        const std::string piece(3000, static_cast<char>('a' + said.size() % 26));
        size = bridge.say(piece);
        said += piece.substr(0, size);
      }
      BOOST_REQUIRE((step == Step::has_more || step == Step::awaits_source));
    }
    BOOST_TEST(bridge.pump.holds_bytes());
    for (std::string piece = bridge.hear(); !piece.empty(); piece = bridge.hear()) heard += piece;
  }
  ::shutdown(bridge.from.get(), SHUT_WR);
  bridge.pump.expect_end();
  for (int count = 0; count < 1000 && bridge.run() != Step::finished; ++count)
    for (std::string piece = bridge.hear(); !piece.empty(); piece = bridge.hear()) heard += piece;
  for (std::string piece = bridge.hear(); !piece.empty(); piece = bridge.hear()) heard += piece;
  BOOST_TEST(said.size() > 1'000'000U, "long enough to be spliced");
  BOOST_TEST((heard == said));
  BOOST_TEST(bridge.pump.moved() == said.size());
  BOOST_TEST(bridge.has_ended());
}

BOOST_AUTO_TEST_CASE(a_sink_that_has_gone_is_said_once) {
  Bridge bridge;
  bridge.to.reset();
  bridge.say("into the void");
  BOOST_TEST((bridge.run() == Step::sink_failed));
  BOOST_TEST((bridge.run() == Step::finished));
}

BOOST_AUTO_TEST_SUITE_END()
