#include "balance/routing/hash.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "balance/routing/strategy.hpp"
#include "unit/balance/routing/print.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(hash_strategy)

namespace {

std::vector<ServerView> named(std::uint32_t count) {
  std::vector<ServerView> servers;
  for (std::uint32_t i = 0; i < count; ++i)
    servers.push_back(
        {.is_available = true, .identity = hash_of("10.0.0." + std::to_string(i) + ":80")});
  return servers;
}

ServerId choose(const std::vector<ServerView>& servers, const std::vector<ServerId>& candidates,
                std::uint64_t key, double balance = 1e9) {
  SplitMix random(1);
  return choose_server({.strategy = Strategy::hash, .hash_balance = balance}, servers, candidates,
                       {.hash = hash_of("user-" + std::to_string(key))}, {}, random)
      .server;
}

std::vector<ServerId> all_of(const std::vector<ServerView>& servers) {
  std::vector<ServerId> ids(servers.size());
  std::iota(ids.begin(), ids.end(), 0U);
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_number_for_bytes_is_the_same_for_ever) {
  BOOST_TEST(hash_of("") == SplitMix{0xcbf29ce484222325ULL}.next());
  BOOST_TEST(hash_of("a") == SplitMix{0xaf63dc4c8601ec8cULL}.next());  // RFC 9923's FNV-1a of "a".
  BOOST_TEST(hash_of("ab") != hash_of("ba"));
}

BOOST_AUTO_TEST_CASE(a_key_stays_at_its_server) {
  const std::vector<ServerView> servers = named(7);
  for (std::uint64_t key = 0; key < 100; ++key)
    BOOST_TEST(choose(servers, all_of(servers), key) == choose(servers, all_of(servers), key));
}

BOOST_AUTO_TEST_CASE(keys_are_spread_by_weight) {
  std::vector<ServerView> servers = named(4);
  servers[2].weight = 3;
  std::vector<int> count(4);
  for (std::uint64_t key = 0; key < 6000; ++key)
    ++count[choose(servers, all_of(servers), key).slot];
  for (const std::uint32_t id : {0U, 1U, 3U}) BOOST_TEST(std::abs(count[id] - 1000) < 120);
  BOOST_TEST(std::abs(count[2] - 3000) < 180);
}

BOOST_AUTO_TEST_CASE(a_server_that_leaves_moves_only_its_own_keys) {
  const std::vector<ServerView> servers = named(6);
  const std::vector<ServerId> without = {0, 1, 2, 4, 5};
  for (std::uint64_t key = 0; key < 1000; ++key) {
    const ServerId before = choose(servers, all_of(servers), key);
    const ServerId after = choose(servers, without, key);
    BOOST_TEST((before == 3 || before == after));
  }
}

BOOST_AUTO_TEST_CASE(nobody_takes_more_than_its_bound) {
  // One key for all requests: without the bound, one server would get everything.
  std::vector<ServerView> servers = named(4);
  for (int i = 0; i < 400; ++i) ++servers[choose(servers, all_of(servers), 1, 1.25).slot].in_flight;
  for (const ServerView& server : servers) BOOST_TEST(server.in_flight <= 126U);
  // The overflow goes to the next by hash, not to everybody.
  BOOST_TEST(std::count_if(servers.begin(), servers.end(),
                           [](const ServerView& it) { return it.in_flight >= 124; }) == 3);
}

BOOST_AUTO_TEST_SUITE_END()
