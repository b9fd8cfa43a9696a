#include "serve/pool/worker_state.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <ostream>
#include <vector>

#include "base/random.hpp"
#include "serve/pool/pool.hpp"

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, const Path& path) {
  return out << "{ack " << path.acknowledged << ", idle " << path.became_idle << ", busy "
             << path.became_busy << ", exits " << path.exits_from_init << '/'
             << path.exits_from_idle << '/' << path.exits_from_busy << ", connections "
             << path.connections << '}';
}
static std::ostream& operator<<(std::ostream& out, const WorkerSnapshot& seen) {
  return out << to_string(seen.state) << ' ' << seen.connections << " (" << seen.open << " open)";
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(worker_state)

namespace {

using namespace brood;
using State = WorkerState;

/// One step as the worker takes it, counted by hand.
void walk_to(WorkerState to, WorkerSnapshot& at, Path& path) {
  path.acknowledged += at.state == State::init && to == State::idle ? 1 : 0;
  path.became_idle += to == State::idle ? 1 : 0;
  path.became_busy += to == State::busy ? 1 : 0;
  path.connections += to == State::busy ? 1 : 0;
  path.exits_from_init += at.state == State::init && to == State::exit ? 1 : 0;
  path.exits_from_idle += at.state == State::idle && to == State::exit ? 1 : 0;
  path.exits_from_busy += at.state == State::busy && to == State::exit ? 1 : 0;
  at = {to, at.connections + (to == State::busy ? 1 : 0)};
}

/// The shortest walk of legal steps to every snapshot that can be reached within `steps_max`.
struct Walks {
  Walks(const WorkerSnapshot& from, int steps_max) {
    std::vector<Found> frontier{{from, {}}};
    for (int steps = 0; steps <= steps_max; ++steps) {
      std::vector<Found> next;
      for (const Found& here : frontier) {
        if (!shortest.try_emplace(key(here.at), here.path).second) continue;
        for (const WorkerState to : all_worker_states) {
          if (!is_legal_step(here.at.state, to)) continue;
          next.push_back(here);
          walk_to(to, next.back().at, next.back().path);
        }
      }
      frontier = std::move(next);
    }
  }

  struct Found {
    WorkerSnapshot at;
    Path path;
  };
  static std::pair<WorkerState, std::uint64_t> key(const WorkerSnapshot& seen) {
    return {seen.state, seen.connections};
  }
  std::map<std::pair<WorkerState, std::uint64_t>, Path> shortest;
};

Census census_of(const WorkerSnapshot& seen) {
  Census census;
  ++census[seen.state];
  return census;
}

/// A legal step at random; stays where EXIT has been reached.
void wander(SplitMix& random, WorkerSnapshot& at, Path& path) {
  std::vector<WorkerState> choices;
  for (const WorkerState to : all_worker_states)
    if (is_legal_step(at.state, to)) choices.push_back(to);
  // EXIT is rare, so that walks are long.
  if (choices.size() > 1 && choices.back() == State::exit && random.below(20) > 0)
    choices.pop_back();
  if (!choices.empty())
    walk_to(choices[random.below(static_cast<std::uint32_t>(choices.size()))], at, path);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_step_is_legal_just_where_the_table_says_so) {
  const struct {
    WorkerState from;
    bool to_init, to_idle, to_busy, to_exit;
  } rows[] = {
      {State::init, false, true, false, true},
      {State::idle, false, false, true, true},
      {State::busy, false, true, false, true},
      {State::exit, false, false, false, false},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE("from " << to_string(row.from));
    BOOST_TEST(is_legal_step(row.from, State::init) == row.to_init);
    BOOST_TEST(is_legal_step(row.from, State::idle) == row.to_idle);
    BOOST_TEST(is_legal_step(row.from, State::busy) == row.to_busy);
    BOOST_TEST(is_legal_step(row.from, State::exit) == row.to_exit);
  }
}

BOOST_AUTO_TEST_CASE(no_step_leads_to_or_from_what_is_no_state) {
  for (int value = 0; value < 256; ++value) {
    const auto other = static_cast<WorkerState>(value);
    if (value >= 1 && value <= 4) continue;
    for (const WorkerState state : all_worker_states) {
      BOOST_TEST(!is_legal_step(state, other));
      BOOST_TEST(!is_legal_step(other, state));
      BOOST_TEST(!path_between({state, 3}, {other, 3}).has_value());
      BOOST_TEST(!path_between({other, 3}, {state, 3}).has_value());
    }
    BOOST_TEST(!is_legal_step(other, other));
    BOOST_TEST(!path_between({other, 3}, {other, 3}).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_path_counts_every_step_between_two_sightings) {
  const struct {
    const char* name;
    WorkerSnapshot from, to;
    Path want;  // acknowledged, became_idle, became_busy, exits from INIT, IDLE, BUSY
  } rows[] = {
      {"nothing happened", {State::idle, 4}, {State::idle, 4}, {}},
      {"still in INIT", {State::init, 0}, {State::init, 0}, {}},
      {"still leaving", {State::exit, 9}, {State::exit, 9}, {}},
      {"acknowledged", {State::init, 0}, {State::idle, 0}, {1, 1, 0, 0, 0, 0}},
      {"first connection, not seen IDLE", {State::init, 0}, {State::busy, 1}, {1, 1, 1, 0, 0, 0}},
      {"first connection done", {State::init, 0}, {State::idle, 1}, {1, 2, 1, 0, 0, 0}},
      {"a whole life unseen", {State::init, 0}, {State::exit, 3}, {1, 3, 3, 0, 0, 1}},
      {"left before it was acknowledged", {State::init, 0}, {State::exit, 0}, {0, 0, 0, 1, 0, 0}},
      {"a connection", {State::idle, 4}, {State::busy, 5}, {0, 0, 1, 0, 0, 0}},
      {"a connection and back", {State::idle, 4}, {State::idle, 5}, {0, 1, 1, 0, 0, 0}},
      {"many and back", {State::idle, 4}, {State::idle, 104}, {0, 100, 100, 0, 0, 0}},
      {"many and one in hand", {State::idle, 4}, {State::busy, 104}, {0, 99, 100, 0, 0, 0}},
      {"drained while IDLE", {State::idle, 4}, {State::exit, 4}, {0, 0, 0, 0, 1, 0}},
      {"one more, then left", {State::idle, 4}, {State::exit, 5}, {0, 0, 1, 0, 0, 1}},
      {"done", {State::busy, 5}, {State::idle, 5}, {0, 1, 0, 0, 0, 0}},
      {"the next one", {State::busy, 5}, {State::busy, 6}, {0, 1, 1, 0, 0, 0}},
      {"the next one done", {State::busy, 5}, {State::idle, 6}, {0, 2, 1, 0, 0, 0}},
      {"quota served", {State::busy, 5}, {State::exit, 5}, {0, 0, 0, 0, 0, 1}},
      {"the next one, then left", {State::busy, 5}, {State::exit, 6}, {0, 1, 1, 0, 0, 1}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const auto path = path_between(row.from, row.to);
    BOOST_TEST_REQUIRE(path.has_value());
    Path want = row.want;
    want.connections = want.became_busy;
    BOOST_TEST(*path == want);
    BOOST_TEST(path->empty() == (row.from == row.to));
  }
}

BOOST_AUTO_TEST_CASE(there_is_no_path_back_nor_out_of_exit) {
  const struct {
    const char* name;
    WorkerSnapshot from, to;
  } rows[] = {
      {"back to INIT from IDLE", {State::idle, 0}, {State::init, 0}},
      {"back to INIT from BUSY", {State::busy, 1}, {State::init, 1}},
      {"back to INIT from EXIT", {State::exit, 1}, {State::init, 1}},
      {"connections in INIT", {State::init, 0}, {State::init, 1}},
      {"INIT to BUSY without a connection", {State::init, 0}, {State::busy, 0}},
      {"IDLE to BUSY without a connection", {State::idle, 4}, {State::busy, 4}},
      {"EXIT to IDLE", {State::exit, 4}, {State::idle, 4}},
      {"EXIT to BUSY", {State::exit, 4}, {State::busy, 5}},
      {"a connection after EXIT", {State::exit, 4}, {State::exit, 5}},
      {"fewer connections, IDLE", {State::idle, 4}, {State::idle, 3}},
      {"fewer connections, BUSY", {State::idle, 4}, {State::busy, 3}},
      {"fewer connections, EXIT", {State::busy, 4}, {State::exit, 0}},
      {"the greatest count back to 0", {State::busy, ~0ULL}, {State::busy, 0}},
  };
  for (const auto& row : rows) BOOST_TEST(!path_between(row.from, row.to).has_value(), row.name);
}

BOOST_AUTO_TEST_CASE(a_path_is_found_just_where_a_walk_exists) {
  constexpr std::uint64_t most = 5;
  for (const WorkerState from_state : all_worker_states) {
    const WorkerSnapshot from{from_state, 2};
    const Walks walks(from, 2 * most + 3);
    for (const WorkerState to_state : all_worker_states)
      for (std::uint64_t connections = 0; connections <= 2 + most; ++connections) {
        const WorkerSnapshot to{to_state, connections};
        BOOST_TEST_INFO_SCOPE("from " << from << " to " << to);
        const auto path = path_between(from, to);
        const auto want = walks.shortest.find(Walks::key(to));
        BOOST_TEST(path.has_value() == (want != walks.shortest.end()));
        if (path && want != walks.shortest.end()) BOOST_TEST(*path == want->second);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_random_legal_walk_is_accepted_however_seldom_it_is_looked_at) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SplitMix random{seed};
    WorkerSnapshot at{State::init, 0};
    Path walked_all, found_all;
    for (int look = 0; look < 10; ++look) {
      const WorkerSnapshot before = at;
      Path walked;
      const std::uint32_t steps = random.below(30);
      for (std::uint32_t step = 0; step < steps; ++step) wander(random, at, walked);
      BOOST_TEST_INFO_SCOPE("seed " << seed << ": from " << before << " to " << at);
      const auto found = path_between(before, at);
      BOOST_TEST_REQUIRE(found.has_value());
      Census census = census_of(before);
      census.apply(*found);
      BOOST_TEST((census == census_of(at)));
      // A worker that left through IDLE is taken to have left at once: the shorter of two paths.
      const bool left_through_idle = walked.exits_from_idle > 0 && before.state != State::idle;
      const bool served_then_left = walked.exits_from_idle > 0 && walked.became_busy > 0;
      if (!left_through_idle && !served_then_left) BOOST_TEST(*found == walked);
      BOOST_TEST(found->became_busy == walked.became_busy);
      found_all += *found;
      walked_all += walked;
    }
    Census census = census_of({State::init, 0});
    census.apply(found_all);
    BOOST_TEST((census == census_of(at)), "seed " << seed << ", all looks at once");
    BOOST_TEST(found_all.became_busy == walked_all.became_busy);
  }
}

BOOST_AUTO_TEST_CASE(a_random_sighting_is_refused_unless_a_walk_leads_there) {
  std::map<std::pair<WorkerState, std::uint64_t>, Walks> known;
  SplitMix random{99};
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    const WorkerSnapshot from{all_worker_states[random.below(4)], random.below(4)};
    const WorkerSnapshot to{static_cast<WorkerState>(random.below(7)), random.below(8)};
    const auto& walks = known.try_emplace(Walks::key(from), from, 20).first->second;
    const bool reachable = walks.shortest.contains(Walks::key(to));
    refused += reachable ? 0 : 1;
    BOOST_TEST(path_between(from, to).has_value() == reachable, "from " << from << " to " << to);
  }
  BOOST_TEST(refused > 5000);
}

BOOST_AUTO_TEST_CASE(paths_add_up_field_by_field) {
  Path sum{1, 2, 3, 4, 5, 6, 7};
  sum += Path{10, 20, 30, 40, 50, 60, 70};
  BOOST_TEST((sum == Path{11, 22, 33, 44, 55, 66, 77}));
}

BOOST_AUTO_TEST_CASE(every_state_has_its_name_and_others_a_question_mark) {
  BOOST_TEST(to_string(State::init) == std::string("INIT"));
  BOOST_TEST(to_string(State::idle) == std::string("IDLE"));
  BOOST_TEST(to_string(State::busy) == std::string("BUSY"));
  BOOST_TEST(to_string(State::exit) == std::string("EXIT"));
  BOOST_TEST(to_string(WorkerState{0}) == std::string("?"));
  BOOST_TEST(to_string(WorkerState{200}) == std::string("?"));
}

BOOST_AUTO_TEST_SUITE_END()
