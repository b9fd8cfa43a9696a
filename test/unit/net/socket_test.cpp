#include "net/socket.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>

#include "base/result.hpp"
#include "net/watched_socket.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(socket_readiness)

namespace {

struct Pair {
  UniqueFd ours, theirs;

  Pair() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0);
    ours = UniqueFd(ends[0]);
    theirs = UniqueFd(ends[1]);
  }
  void say(std::string_view text) const {
    BOOST_REQUIRE(::send(theirs.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(text.size()));
  }
};

std::string receive(Socket& socket, std::size_t room) {
  std::string space(room, '\0');
  const ssize_t size = socket.receive(space);
  return size < 0 ? "error" : space.substr(0, static_cast<std::size_t>(size));
}

/// Until there is no more room.
void fill(Socket& socket) {
  const std::string piece(64UL * 1024, 'x');
  while (socket.send(piece) > 0) continue;
  BOOST_TEST(errno == EAGAIN);
}

/// Hands out what it is given, and holds back what there is no room for.
class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(std::string record) : record_(std::move(record)) {}

  ssize_t receive(int, std::span<char> space) noexcept override {
    const std::size_t size = record_.copy(space.data(), std::min<std::size_t>(2, space.size()));
    record_.erase(0, size);
    if (size == 0) errno = EAGAIN;
    return size == 0 ? -1 : static_cast<ssize_t>(size);
  }
  ssize_t send(int, std::string_view, std::string_view, int) noexcept override {
    errno = EAGAIN;
    return -1;
  }
  ssize_t send_file(int, int, off_t, std::size_t size) noexcept override {
    return static_cast<ssize_t>(size);
  }
  bool holds_input() const noexcept override { return !record_.empty(); }

 private:
  std::string record_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(less_than_there_was_room_for_was_all) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  BOOST_TEST(!socket.may_receive());
  pair.say("abcdef");
  socket.note(EPOLLIN);
  BOOST_TEST(socket.may_receive());
  BOOST_TEST(receive(socket, 4) == "abcd");
  BOOST_TEST(socket.may_receive());  // The space was filled: there may be more.
  BOOST_TEST(receive(socket, 4) == "ef");
  BOOST_TEST(!socket.may_receive());
}

BOOST_AUTO_TEST_CASE(an_end_that_is_announced_is_read_to_its_end) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  pair.say("abc");
  ::shutdown(pair.theirs.get(), SHUT_WR);
  socket.note(EPOLLIN | EPOLLRDHUP);
  BOOST_TEST(socket.has_ended());
  BOOST_TEST(receive(socket, 64) == "abc");
  BOOST_TEST(socket.may_receive());  // The end itself.
  BOOST_TEST(receive(socket, 64).empty());
  BOOST_TEST(!socket.may_receive());
}

BOOST_AUTO_TEST_CASE(an_end_that_nobody_has_announced_is_found) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  ::shutdown(pair.theirs.get(), SHUT_WR);
  socket.expect_input();
  BOOST_TEST(receive(socket, 64).empty());
  BOOST_TEST(socket.has_ended());
  BOOST_TEST(!socket.may_receive());
}

BOOST_AUTO_TEST_CASE(nothing_is_there_until_epoll_tells_so) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  socket.expect_input();
  BOOST_TEST(receive(socket, 64) == "error");
  BOOST_TEST(!socket.may_receive());
  socket.note(EPOLLOUT);
  BOOST_TEST(!socket.may_receive());
  socket.note(EPOLLHUP);
  BOOST_TEST(socket.may_receive());
}

BOOST_AUTO_TEST_CASE(a_full_socket_takes_no_more_until_epoll_tells_so) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  BOOST_TEST(socket.may_send());
  fill(socket);
  BOOST_TEST(!socket.may_send());
  BOOST_TEST(!socket.may_receive());
  socket.note(EPOLLOUT);
  BOOST_TEST(socket.may_send());
}

BOOST_AUTO_TEST_CASE(a_failed_send_leaves_what_has_come_to_be_read) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  pair.say("bye");
  pair.theirs.reset();
  BOOST_TEST(socket.send("a") < 0);
  BOOST_TEST(errno == EPIPE);
  BOOST_TEST(socket.may_receive());
  BOOST_TEST(receive(socket, 64) == "bye");
}

BOOST_AUTO_TEST_CASE(two_pieces_go_out_as_one) {
  Pair pair;
  Socket socket(std::move(pair.ours));
  BOOST_TEST(socket.send("head", "body") == 8);
  Socket other(std::move(pair.theirs));
  BOOST_TEST(receive(other, 64) == "headbody");
}

BOOST_AUTO_TEST_CASE(what_a_transport_holds_is_still_to_be_received) {
  Pair pair;
  Socket socket(std::move(pair.ours), std::make_unique<ScriptedTransport>("abc"));
  BOOST_TEST(!socket.is_plain());
  socket.note(EPOLLIN);
  BOOST_TEST(receive(socket, 64) == "ab");
  BOOST_TEST(socket.may_receive());
  BOOST_TEST(receive(socket, 64) == "c");
  BOOST_TEST(!socket.may_receive());
  BOOST_TEST(socket.send("a") < 0);
  BOOST_TEST(!socket.may_send());
  BOOST_TEST(socket.send_file(0, 0, 7) == 7);
}

namespace {

/// Remembers what it was told, and stops the loop.
class Told final : public WatchedSocket {
 public:
  using WatchedSocket::WatchedSocket;

  std::uint32_t events = 0;
  int count = 0;

 private:
  void on_socket(std::uint32_t told) override {
    events = told;
    ++count;
    loop().stop();
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_watched_socket_hears_of_input_and_of_room_only_if_it_asks) {
  Loop loop;
  Pair pair;
  Told socket(loop, Socket(std::move(pair.ours)));
  BOOST_TEST(socket.watch());
  pair.say("abc");
  loop.run();
  BOOST_TEST(socket.events == EPOLLIN);
  BOOST_TEST(socket.socket().may_receive());
}

BOOST_AUTO_TEST_CASE(one_that_was_full_before_it_is_watched_hears_of_room) {
  Loop loop;
  Pair pair;
  Told socket(loop, Socket(std::move(pair.ours)));
  const std::string piece(64UL * 1024, 'x');
  while (socket.send(piece) > 0) continue;
  BOOST_TEST(errno == EAGAIN);
  BOOST_TEST(socket.watch());
  std::string space(1UL << 20, '\0');
  while (::recv(pair.theirs.get(), space.data(), space.size(), MSG_DONTWAIT) > 0) continue;
  loop.run();
  BOOST_TEST((socket.events & EPOLLOUT) != 0);
  BOOST_TEST(socket.socket().may_send());
}

BOOST_AUTO_TEST_CASE(who_yields_goes_on_in_the_next_turn) {
  Loop loop;
  Pair pair;
  Told socket(loop, Socket(std::move(pair.ours)));
  socket.yield();
  loop.run();
  BOOST_TEST(socket.count == 1);
  BOOST_TEST(socket.events == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
