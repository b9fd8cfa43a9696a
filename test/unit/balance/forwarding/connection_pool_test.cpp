#include "balance/forwarding/connection_pool.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "unit/balance/routing/print.hpp"

BOOST_AUTO_TEST_SUITE(connection_pool)

namespace {

using namespace brood;
using namespace std::chrono_literals;

class Nobody final : public ServerUser {
  void on_server(ServerConnection&) override { BOOST_ERROR("it is in nobody's use"); }
  void on_server_deadline(ServerConnection&) override {}
};

/// Two servers, and at most three connections kept to each.
struct Scene {
  Scene() : router({}, std::vector<ServerSettings>(2), 1), pool(loop, router, 3, 60s) {}

  /// One whose exchange is complete. \return the server's end of it.
  UniqueFd put(ServerId server) {
    std::array<int, 2> fds{};
    BOOST_REQUIRE(
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds.data()) == 0);
    auto connection = std::make_unique<ServerConnection>(loop, server, UniqueFd(fds[0]), user);
    BOOST_REQUIRE(connection->watch());
    pool.put(std::move(connection));
    return UniqueFd(fds[1]);
  }
  /// The server has idle workers for so many of our connections, by its report.
  void make_room_for(std::uint32_t connections) {
    router.reported(0, {.is_detailed = true, .max = 32 * connections}, 0s, loop.now());
  }
  /// All that is to be done in this turn.
  void turn() {
    loop.post([this] { loop.stop(); });
    loop.run();
  }
  static bool is_closed(const UniqueFd& end) {
    char byte = 0;
    return ::recv(end.get(), &byte, 1, 0) == 0;
  }

  Loop loop;
  Nobody user;
  Router router;
  ConnectionPool pool;
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_one_that_was_in_use_last_is_taken_first) {
  Scene scene;
  const UniqueFd first = scene.put(0);
  const UniqueFd last = scene.put(0);
  BOOST_TEST(scene.pool.take(1, scene.user) == nullptr, "another server's");
  const auto taken = scene.pool.take(0, scene.user);
  BOOST_REQUIRE(taken);
  BOOST_TEST(taken->was_kept());
  BOOST_TEST(taken->server() == ServerId{0});
  BOOST_REQUIRE(::send(taken->socket().fd(), "x", 1, 0) == 1);
  char byte = 0;
  BOOST_TEST(::recv(last.get(), &byte, 1, 0) == 1);
  BOOST_TEST(scene.pool.take(0, scene.user) != nullptr);
  BOOST_TEST(scene.pool.take(0, scene.user) == nullptr, "there were two");
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_kept) {
  Scene scene;
  std::array ends{scene.put(0), scene.put(0), scene.put(0), scene.put(0)};
  scene.turn();
  BOOST_TEST(!Scene::is_closed(ends[2]));
  BOOST_TEST(Scene::is_closed(ends[3]));
}

BOOST_AUTO_TEST_CASE(what_is_said_unasked_closes_it) {
  Scene scene;
  UniqueFd speaks = scene.put(0);
  UniqueFd ends = scene.put(0);
  const UniqueFd silent = scene.put(0);
  BOOST_REQUIRE(::send(speaks.get(), "x", 1, 0) == 1);
  ends.reset();
  scene.turn();
  BOOST_TEST(scene.pool.take(0, scene.user) != nullptr);
  BOOST_TEST(scene.pool.take(0, scene.user) == nullptr);
}

BOOST_AUTO_TEST_CASE(those_for_which_a_server_has_no_room_are_closed_but_not_at_once) {
  Scene scene;
  std::array ends{scene.put(0), scene.put(0), scene.put(0)};
  scene.make_room_for(1);
  scene.pool.trim(0);
  const auto taken = scene.pool.take(0, scene.user);
  BOOST_TEST(taken != nullptr, "who was made to go on before may still have one");
  scene.turn();
  BOOST_TEST(Scene::is_closed(ends[0]));
  BOOST_TEST(!Scene::is_closed(ends[1]), "of the rest, the one that was in use last");
  BOOST_TEST(!Scene::is_closed(ends[2]));
}

BOOST_AUTO_TEST_CASE(each_time_that_they_are_trimmed_counts) {
  Scene scene;
  std::array ends{scene.put(0), scene.put(1)};
  scene.make_room_for(0);
  for (const std::uint32_t server : {1U, 0U, 1U}) scene.pool.trim(server);
  scene.turn();
  BOOST_TEST(Scene::is_closed(ends[0]));
  BOOST_TEST(scene.pool.take(0, scene.user) == nullptr);
}

BOOST_AUTO_TEST_CASE(to_a_server_that_was_removed_none_is_kept) {
  Scene scene;
  const UniqueFd before = scene.put(0);
  scene.router.remove(0);
  scene.pool.remove(0);
  scene.pool.trim(0);
  const UniqueFd after = scene.put(0);
  scene.turn();
  BOOST_TEST(Scene::is_closed(before));
  BOOST_TEST(Scene::is_closed(after));
  BOOST_TEST(scene.pool.take(0, scene.user) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
