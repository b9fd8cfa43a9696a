#include "balance/routing/server_set.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "unit/balance/routing/print.hpp"

BOOST_AUTO_TEST_SUITE(server_set)

namespace {

using namespace brood;
using Kind = ServerChange::Kind;

BalancedServer server(std::uint16_t port, std::uint32_t weight = 1) {
  BalancedServer it;
  it.settings = {.name = "s" + std::to_string(port), .weight = weight};
  it.endpoint.port = port;
  return it;
}

enum class Event : std::uint8_t { put, remove, left };

}  // namespace

BOOST_AUTO_TEST_CASE(each_event_has_its_change) {
  const struct {
    const char* name;
    Event event;
    BalancedServer subject;  // Of put and remove.
    ServerId id;             // Of left.
    ServerChange want;
  } rows[] = {
      {"a new one", Event::put, server(1), {}, {Kind::added, 0}},
      {"the same again", Event::put, server(1), {}, {}},
      {"another one", Event::put, server(2), {}, {Kind::added, 1}},
      {"another weight", Event::put, server(1, 5), {}, {Kind::updated, 0}},
      {"an unknown one goes", Event::remove, server(9), {}, {}},
      {"nobody asked who has left", Event::left, {}, 0, {}},
      {"one goes", Event::remove, server(1), {}, {Kind::removed, 0}},
      {"and is gone already", Event::remove, server(1), {}, {}},
      {"one holder has left", Event::left, {}, 0, {}},
      {"it comes back: in its slot, under a new id",
       Event::put,
       server(1),
       {},
       {Kind::added, {0, 1}}},
      {"the other holder leaves late", Event::left, {}, 0, {}},
      {"it goes again", Event::remove, server(1), {}, {Kind::removed, {0, 1}}},
      {"one holder", Event::left, {}, {0, 1}, {}},
      {"one that had left the former", Event::left, {}, 0, {}},
      {"both holders", Event::left, {}, {0, 1}, {Kind::forgotten, {0, 1}}},
      {"once more", Event::left, {}, {0, 1}, {}},
      {"a third one has its slot", Event::put, server(3), {}, {Kind::added, {0, 2}}},
      {"a fourth has its own", Event::put, server(4), {}, {Kind::added, 2}},
      {"a slot that never was", Event::left, {}, 77, {}},
  };
  ServerSet set(2);
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const ServerChange change = row.event == Event::put      ? set.put(row.subject)
                                : row.event == Event::remove ? set.remove(row.subject.endpoint)
                                                             : set.left(row.id);
    BOOST_TEST((change.kind == row.want.kind));
    BOOST_TEST(change.id == row.want.id);
  }
  BOOST_TEST(set.wanted_count() == 3U);
  BOOST_TEST(set.slots() == 3U);
}

BOOST_AUTO_TEST_CASE(a_list_is_taken_over_whole) {
  ServerSet set(1);
  set.replace({server(1), server(2)});
  const auto changes = set.replace({server(2, 7), server(3)});
  const std::vector<ServerChange> want = {{Kind::updated, 1}, {Kind::added, 2}, {Kind::removed, 0}};
  BOOST_TEST((changes == want));
  BOOST_TEST(set.replace({server(3), server(2, 7)}).empty(), "order is nothing");
}

BOOST_AUTO_TEST_CASE(who_asks_late_is_told_nothing_but_the_name) {
  ServerSet set(1);
  const ServerId id = set.put(server(1)).id;
  set.remove(server(1).endpoint);
  BOOST_TEST(!set.is_wanted(id));
  BOOST_TEST((set.find(id) != nullptr));
  const ServerId again = set.put(server(1)).id;
  BOOST_TEST((set.find(id) == nullptr));
  BOOST_TEST(set.name_of(id) == "s1", "it is the same server");
  set.remove(server(1).endpoint);
  set.left(again);
  BOOST_TEST((set.find(again) == nullptr));
  BOOST_TEST(set.name_of(again) == "s1");
  BOOST_TEST(set.name_of(id) == "s1");
  const ServerId other = set.put(server(2)).id;
  BOOST_TEST(other.slot == id.slot);
  BOOST_TEST(set.name_of(id) == "forgotten");
  BOOST_TEST(set.name_of(other) == "s2");
  BOOST_TEST(set.name_of(no_server) == "none");
}

BOOST_AUTO_TEST_SUITE_END()
