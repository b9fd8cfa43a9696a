#include <boost/test/unit_test.hpp>
#include <ostream>
#include <vector>

#include "base/random.hpp"
#include "serve/pool/pool.hpp"

// Workers with many connections at once.

BOOST_AUTO_TEST_SUITE(many_connections)

namespace {

using namespace brood;
using State = WorkerState;

constexpr TimePoint at(std::int64_t ms) {
  return {ms * 1'000'000};
}

/// Born, acknowledged, and showing this at once.
void show(Pool& pool, std::uint32_t slot, const WorkerSnapshot& seen, TimePoint now = at(1)) {
  pool.born(slot, 1000 + static_cast<int>(slot), now);
  pool[slot].acknowledged = true;
  BOOST_TEST_REQUIRE(pool.observe(slot, seen, now).has_value());
}

/// An event-driven worker: takes clients while it has places and a quota, and ends them in any
/// order.
class Worker {
 public:
  Worker(SplitMix& random, std::uint32_t capacity, std::uint64_t quota)
      : random_(random), capacity_(capacity), quota_(quota) {}

  WorkerSnapshot seen;
  Path walked;

  void step() {
    if (seen.state == State::init) return enter(State::idle);
    if (seen.state == State::exit) return;
    const bool takes_more = seen.state == State::idle;
    if (takes_more && random_.below(2) == 0)
      accept();
    else if (seen.open > 0)
      --seen.open;
    leaving_ |= random_.below(40) == 0 || seen.connections == quota_;
    settle();
  }

 private:
  void accept() {
    ++seen.connections;
    ++seen.open;
    ++walked.connections;
  }
  void settle() {
    if (leaving_ && seen.open == 0) return enter(State::exit);
    enter(leaving_ || seen.open == capacity_ ? State::busy : State::idle);
  }
  void enter(State to) {
    if (to == seen.state) return;
    walked.acknowledged += seen.state == State::init ? 1 : 0;
    walked.became_idle += to == State::idle ? 1 : 0;
    walked.became_busy += to == State::busy ? 1 : 0;
    if (to == State::exit && seen.state == State::idle) ++walked.exits_from_idle;
    if (to == State::exit && seen.state == State::busy) ++walked.exits_from_busy;
    seen.state = to;
  }

  SplitMix& random_;
  std::uint32_t capacity_;
  std::uint64_t quota_;
  bool leaving_ = false;
};

}  // namespace

BOOST_AUTO_TEST_CASE(open_connections_must_fit_the_state) {
  const struct {
    const char* name;
    std::uint32_t capacity;
    WorkerSnapshot seen;
    bool sound;
  } rows[] = {
      {"one at a time, IDLE", 1, {State::idle, 5, 0}, true},
      {"one at a time, IDLE with one open", 1, {State::idle, 5, 1}, false},
      {"one at a time, BUSY", 1, {State::busy, 5, 1}, true},
      {"one at a time, BUSY with none", 1, {State::busy, 5, 0}, false},
      {"one at a time, BUSY with two", 1, {State::busy, 5, 2}, false},
      {"IDLE with none", 4, {State::idle, 9, 0}, true},
      {"IDLE with one place left", 4, {State::idle, 9, 3}, true},
      {"IDLE although full", 4, {State::idle, 9, 4}, false},
      {"BUSY and full", 4, {State::busy, 9, 4}, true},
      {"BUSY, finishing its last", 4, {State::busy, 9, 1}, true},
      {"BUSY with none", 4, {State::busy, 9, 0}, false},
      {"more than there are places", 4, {State::busy, 9, 5}, false},
      {"more open than were received", 4, {State::idle, 2, 3}, false},
      {"INIT", 4, {State::init, 0, 0}, true},
      {"INIT with one open", 4, {State::init, 1, 1}, false},
      {"EXIT", 4, {State::exit, 9, 0}, true},
      {"EXIT with one open", 4, {State::exit, 9, 1}, false},
      {"no state", 4, {State{0}, 0, 0}, false},
      {"no state either", 4, {State{9}, 9, 1}, false},
      {"the most there can be", 65535, {State::busy, 1ULL << 39, 65535}, true},
  };
  for (const auto& row : rows) BOOST_TEST(is_sound(row.seen, row.capacity) == row.sound, row.name);
}

BOOST_AUTO_TEST_CASE(states_are_counted_as_seen_and_connections_by_their_count) {
  const struct {
    const char* name;
    WorkerSnapshot from, to;
    Path want;  // acknowledged, became_idle, became_busy, exits from INIT, IDLE, BUSY, connections
  } rows[] = {
      {"nothing", {State::idle, 4, 2}, {State::idle, 4, 2}, {}},
      {"one done", {State::idle, 4, 2}, {State::idle, 4, 1}, {}},
      {"acknowledged", {State::init}, {State::idle}, {1, 1, 0, 0, 0, 0, 0}},
      {"the first one", {State::init}, {State::idle, 1, 1}, {1, 1, 0, 0, 0, 0, 1}},
      {"full at once", {State::init}, {State::busy, 4, 4}, {1, 1, 1, 0, 0, 0, 4}},
      {"left at once", {State::init}, {State::exit}, {0, 0, 0, 1, 0, 0, 0}},
      {"a whole life unseen", {State::init}, {State::exit, 7, 0}, {1, 1, 0, 0, 1, 0, 7}},
      {"some more", {State::idle, 4, 2}, {State::idle, 9, 3}, {0, 0, 0, 0, 0, 0, 5}},
      {"full", {State::idle, 4, 3}, {State::busy, 5, 4}, {0, 0, 1, 0, 0, 0, 1}},
      {"told to leave, finishing", {State::idle, 4, 2}, {State::busy, 4, 2}, {0, 0, 1, 0, 0, 0, 0}},
      {"still full", {State::busy, 4, 4}, {State::busy, 6, 4}, {0, 0, 0, 0, 0, 0, 2}},
      {"a place again", {State::busy, 4, 4}, {State::idle, 4, 3}, {0, 1, 0, 0, 0, 0, 0}},
      {"all done", {State::busy, 4, 4}, {State::idle, 6, 0}, {0, 1, 0, 0, 0, 0, 2}},
      {"drained, none open", {State::idle, 4, 0}, {State::exit, 4, 0}, {0, 0, 0, 0, 1, 0, 0}},
      {"drained, some open", {State::idle, 4, 2}, {State::exit, 5, 0}, {0, 0, 0, 0, 1, 0, 1}},
      {"quota served", {State::busy, 4, 2}, {State::exit, 4, 0}, {0, 0, 0, 0, 0, 1, 0}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const auto path = path_between(row.from, row.to, 4);
    BOOST_TEST_REQUIRE(path.has_value());
    BOOST_TEST((*path == row.want));
  }
}

BOOST_AUTO_TEST_CASE(nothing_that_was_done_is_taken_back) {
  const struct {
    const char* name;
    WorkerSnapshot from, to;
  } rows[] = {
      {"fewer connections", {State::idle, 4, 0}, {State::idle, 3, 0}},
      {"a finished one is open again", {State::idle, 4, 2}, {State::idle, 4, 3}},
      {"more open than came", {State::idle, 4, 1}, {State::idle, 5, 3}},
      {"back to INIT", {State::idle, 0, 0}, {State::init, 0, 0}},
      {"connections in INIT", {State::init, 0, 0}, {State::init, 1, 0}},
      {"BUSY before the first", {State::init, 0, 0}, {State::busy, 0, 0}},
      {"EXIT to IDLE", {State::exit, 4, 0}, {State::idle, 4, 0}},
      {"EXIT to BUSY", {State::exit, 4, 0}, {State::busy, 5, 1}},
      {"a connection after EXIT", {State::exit, 4, 0}, {State::exit, 5, 0}},
  };
  for (const auto& row : rows) BOOST_TEST(!path_between(row.from, row.to, 4), row.name);
}

BOOST_AUTO_TEST_CASE(a_random_worker_is_believed_however_seldom_it_is_looked_at) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SplitMix random{seed};
    const std::uint32_t capacity = 2 + random.below(5);
    Worker worker(random, capacity, 1 + random.below(60));
    Pool pool(1, capacity);
    pool.born(0, 77, at(0));
    pool[0].acknowledged = true;
    Path found;
    for (int look = 1; look <= 40; ++look) {
      const std::uint32_t steps = random.below(12);
      for (std::uint32_t step = 0; step < steps; ++step) worker.step();
      const auto path = pool.observe(0, worker.seen, at(look));
      BOOST_TEST_REQUIRE(path.has_value(), "seed " << seed << ", look " << look);
      found += *path;
      Census want;
      ++want[worker.seen.state];
      BOOST_TEST((pool.census() == want), "seed " << seed << ", look " << look);
    }
    BOOST_TEST((pool[0].seen == worker.seen));
    BOOST_TEST(found.connections == worker.walked.connections);
    // One that left without a connection may have been acknowledged unseen.
    BOOST_TEST(found.acknowledged + found.exits_from_init == worker.walked.acknowledged);
    BOOST_TEST(found.became_busy <= worker.walked.became_busy);
  }
}

BOOST_AUTO_TEST_CASE(a_random_worker_looked_at_after_each_step_is_followed_exactly) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SplitMix random{seed};
    Worker worker(random, 3, 40);
    Path found;
    for (int step = 0; step < 150; ++step) {
      const WorkerSnapshot before = worker.seen;
      worker.step();
      BOOST_TEST_REQUIRE(is_sound(worker.seen, 3));
      const auto path = path_between(before, worker.seen, 3);
      BOOST_TEST_REQUIRE(path.has_value());
      found += *path;
    }
    BOOST_TEST((found == worker.walked), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(an_unsound_sighting_leaves_the_picture_as_it_was) {
  Pool pool(1, 4);
  show(pool, 0, {State::idle, 5, 2});
  for (const WorkerSnapshot& wrong :
       {WorkerSnapshot{State::idle, 7, 4}, WorkerSnapshot{State::busy, 9, 5},
        WorkerSnapshot{State::exit, 5, 1}, WorkerSnapshot{State::idle, 5, 3},
        WorkerSnapshot{State::busy, 5, 0}}) {
    BOOST_TEST(!pool.observe(0, wrong, at(8)).has_value());
    BOOST_TEST((pool[0].seen == WorkerSnapshot{State::idle, 5, 2}));
    BOOST_TEST((pool.census() == Census{.idle = 1}));
  }
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_moves_the_picture_without_a_step) {
  Pool pool(1, 4);
  show(pool, 0, {State::idle, 5, 2});
  BOOST_TEST(pool.observe(0, {State::idle, 5, 1}, at(2))->empty());
  BOOST_TEST((pool[0].seen == WorkerSnapshot{State::idle, 5, 1}));
}

BOOST_AUTO_TEST_CASE(a_worker_is_proven_once_any_of_its_connections_is_done) {
  const struct {
    const char* name;
    WorkerSnapshot then;
    bool proven;
  } rows[] = {
      {"took some", {State::idle, 3, 3}, false},
      {"is full", {State::busy, 4, 4}, false},
      {"one of three is done", {State::idle, 3, 2}, true},
      {"full again, one is done", {State::busy, 5, 4}, true},
      {"served and left", {State::exit, 5, 0}, true},
      {"left", {State::exit, 0, 0}, false},
  };
  for (const auto& row : rows) {
    Pool pool(1, 4);
    show(pool, 0, {State::idle});
    BOOST_TEST_REQUIRE(pool.observe(0, row.then, at(2)).has_value());
    BOOST_TEST(pool[0].proven == row.proven, row.name);
  }
}

BOOST_AUTO_TEST_CASE(spares_are_the_free_places_in_whole_workers) {
  const struct {
    const char* name;
    std::uint32_t capacity;
    std::vector<WorkerSnapshot> workers;
    std::uint32_t spare;
  } rows[] = {
      {"nobody", 4, {}, 0},
      {"one at a time", 1, {{State::idle}, {State::busy, 1, 1}, {State::idle}}, 2},
      {"all free", 4, {{State::idle}, {State::idle}}, 2},
      {"one place taken", 4, {{State::idle, 1, 1}, {State::idle}}, 1},
      {"a worker's worth in pieces", 4, {{State::idle, 2, 2}, {State::idle, 2, 2}}, 1},
      {"not quite", 4, {{State::idle, 3, 3}, {State::idle, 2, 2}}, 0},
      {"a full one has no place", 4, {{State::busy, 4, 4}, {State::idle}}, 1},
      {"one that finishes has none", 4, {{State::busy, 4, 1}, {State::idle}}, 1},
      {"one in EXIT has none", 4, {{State::exit, 4, 0}, {State::idle}}, 1},
      {"one in INIT has none yet", 4, {{State::init}, {State::idle}}, 1},
      {"great numbers", 65535, {{State::idle}, {State::idle, 9, 9}, {State::idle}}, 2},
  };
  for (const auto& row : rows) {
    Pool pool(4, row.capacity);
    std::uint32_t slot = 0;
    for (const WorkerSnapshot& seen : row.workers) show(pool, slot++, seen);
    BOOST_TEST(pool.spare() == row.spare, row.name);
    BOOST_TEST(pool.view(0, 1).idle == row.spare, row.name);
  }
}

BOOST_AUTO_TEST_CASE(the_places_of_one_that_was_told_to_leave_are_no_spares) {
  Pool pool(3, 4);
  for (std::uint32_t slot = 0; slot < 3; ++slot) show(pool, slot, {State::idle, 1, 1});
  BOOST_TEST(pool.spare() == 2U);
  pool.intend(0, Intent::drain_spare);
  BOOST_TEST(pool.spare() == 1U);
  pool[1].asked = at(3);
  BOOST_TEST(pool.spare() == 0U);
  const PoolView view = pool.view(0, 1);
  BOOST_TEST(view.leaving == 2U);
  BOOST_TEST(view.total == 3U);
}

BOOST_AUTO_TEST_CASE(the_emptiest_is_drained_and_of_several_the_one_quiet_for_longest) {
  Pool pool(6, 4);
  show(pool, 0, {State::idle, 3, 3}, at(1));
  show(pool, 1, {State::idle, 9, 1}, at(30));
  show(pool, 2, {State::idle, 2, 1}, at(20));
  show(pool, 3, {State::idle, 2, 2}, at(1));
  show(pool, 4, {State::busy, 4, 1}, at(1));
  BOOST_TEST((pool.next_to_drain() == 2U));
  BOOST_TEST_REQUIRE(pool.observe(2, {State::idle, 3, 1}, at(40)).has_value());
  BOOST_TEST((pool.next_to_drain() == 1U), "one that served in between has not been so for long");
  pool.intend(1, Intent::drain_spare);
  BOOST_TEST((pool.next_to_drain() == 2U));
  show(pool, 5, {State::idle}, at(50));
  BOOST_TEST((pool.next_to_drain() == 5U), "one with none open goes first");
}

BOOST_AUTO_TEST_CASE(a_nudge_goes_to_one_with_a_free_place) {
  Pool pool(3, 4);
  show(pool, 0, {State::busy, 4, 4});
  show(pool, 1, {State::idle, 3, 3});
  show(pool, 2, {State::busy, 4, 1});
  BOOST_TEST((pool.next_spare(1) == 1U));
}

BOOST_AUTO_TEST_CASE(a_request_line_counts_only_while_it_is_the_one_in_hand) {
  const struct {
    const char* name;
    std::uint32_t capacity;
    WorkerSnapshot seen;
    Phase phase;
    bool shown;
  } rows[] = {
      {"one at a time, BUSY", 1, {State::busy, 1, 1}, Phase::waiting, true},
      {"one at a time, BUSY and working", 1, {State::busy, 1, 1}, Phase::working, true},
      {"one at a time, IDLE", 1, {State::idle, 1, 0}, Phase::waiting, false},
      {"many, a handler works", 4, {State::idle, 2, 2}, Phase::working, true},
      {"many and full, a handler works", 4, {State::busy, 4, 4}, Phase::working, true},
      {"many, waits for its clients", 4, {State::busy, 4, 4}, Phase::waiting, false},
      {"many, none open", 4, {State::idle, 4, 0}, Phase::working, false},
  };
  for (const auto& row : rows) {
    Pool pool(1, row.capacity);
    show(pool, 0, row.seen);
    BOOST_TEST(pool.shows_request(0, row.phase) == row.shown, row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
