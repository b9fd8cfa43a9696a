#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "wire/scoreboard.hpp"

BOOST_AUTO_TEST_SUITE(scoreboard_load)

namespace {

using namespace brood;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr TimePoint now{5'000'000'000'000};

struct Board {
  explicit Board(std::uint32_t slot_count) : slots(slot_count) {
    head->slot_count.store(slot_count);
    head->max_workers.store(slot_count);
  }

  LoadReport load() const { return Scoreboard{head.get(), slots.data()}.load(now); }

  std::unique_ptr<SupervisorPage> head = std::make_unique<SupervisorPage>();
  mutable std::vector<SlotPage> slots;
};

std::vector<std::uint32_t> recent(const LatencyCell& cell, TimePoint at) {
  std::vector<std::uint32_t> latencies_us;
  cell.load(at, latencies_us);
  return latencies_us;
}

}  // namespace

BOOST_AUTO_TEST_CASE(places_are_counted_by_state_and_open_connections) {
  using enum WorkerState;
  const struct {
    const char* name;
    std::uint32_t connections_per_worker;
    std::vector<WorkerSnapshot> workers;
    std::uint32_t busy, idle, max;
  } rows[] = {
      {"nobody", 1, {}, 0, 0, 0},
      {"one of each state", 1, {{init}, {idle, 3}, {busy, 2, 1}, {exit, 9}}, 1, 1, 4},
      {"an empty slot", 1, {{}, {idle}}, 0, 1, 2},
      {"many connections", 100, {{idle, 5, 3}, {idle}, {busy, 900, 100}}, 103, 197, 300},
      {"who finishes takes nobody", 100, {{busy, 5, 3}, {exit, 7}}, 3, 0, 200},
      {"more open than can be", 2, {{idle, 9, 7}}, 2, 0, 2},
      {"a state that does not exist", 1, {{WorkerState{200}, 9, 1}}, 1, 0, 1},
  };
  for (const auto& row : rows) {
    Board board(static_cast<std::uint32_t>(row.workers.size()));
    board.head->connections_per_worker.store(row.connections_per_worker);
    for (std::size_t slot = 0; slot < row.workers.size(); ++slot)
      board.slots[slot].state.store(row.workers[slot]);
    BOOST_TEST(board.load().busy == row.busy, row.name);
    BOOST_TEST(board.load().idle == row.idle, row.name);
    BOOST_TEST(board.load().max == row.max, row.name);
  }
}

BOOST_AUTO_TEST_CASE(the_largest_pool_fits) {
  Board board(1);
  board.head->max_workers.store(65535);
  board.head->connections_per_worker.store(connections_open_max);
  BOOST_TEST(board.load().max == 65535U * 65535U);
  board.head->max_workers.store(70000);
  BOOST_TEST(board.load().max == ~0U, "what does not fit is as much as fits");
}

BOOST_AUTO_TEST_CASE(slots_beyond_the_count_are_left_alone) {
  Board board(2);
  board.slots[1].state.store({WorkerState::busy, 1, 1});
  board.head->slot_count.store(1);
  BOOST_TEST(board.load().busy == 0U);
}

BOOST_AUTO_TEST_CASE(epoch_and_state_are_page_0s) {
  Board board(1);
  BOOST_TEST(!board.load().is_draining);
  board.head->epoch_ms.store(77);
  board.head->draining.store(1);
  BOOST_TEST(board.load().epoch_ms == 77U);
  BOOST_TEST(board.load().is_draining);
}

BOOST_AUTO_TEST_CASE(requests_in_flight_add_up_and_need_a_connection_each) {
  Board board(3);
  board.head->connections_per_worker.store(10);
  board.slots[0].state.store({WorkerState::idle, 5, 4});
  board.slots[0].in_flight.store(2);
  board.slots[1].state.store({WorkerState::idle, 5, 4});
  board.slots[1].in_flight.store(~0U);
  BOOST_TEST(board.load().in_flight == 6U);
}

BOOST_AUTO_TEST_CASE(a_cell_keeps_the_newest_latencies) {
  LatencyCell cell;
  BOOST_TEST(recent(cell, now).empty());
  for (std::uint32_t us = 1; us <= LatencyCell::size + 3; ++us) cell.store(microseconds{us}, now);
  const auto kept = recent(cell, now);
  BOOST_TEST(kept.size() == LatencyCell::size);
  BOOST_TEST(*std::ranges::min_element(kept) == 4U);
}

BOOST_AUTO_TEST_CASE(latencies_are_clamped_to_what_fits) {
  LatencyCell cell;
  cell.store(Duration{10}, now);
  cell.store(Duration{-10}, now);
  cell.store(std::chrono::hours{10}, now);
  BOOST_TEST(recent(cell, now) == (std::vector<std::uint32_t>{1, 1, ~0U}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(old_latencies_are_forgotten) {
  const struct {
    const char* name;
    Duration age;
    bool is_recent;
  } rows[] = {
      {"now", milliseconds{0}, true},
      {"just recent", LatencyCell::age_max - milliseconds{5}, true},
      {"too old", LatencyCell::age_max + milliseconds{5}, false},
      {"an hour", std::chrono::hours{1}, false},
      {"in the future", milliseconds{-50}, false},
  };
  for (const auto& row : rows) {
    LatencyCell cell;
    cell.store(milliseconds{1}, now + -row.age);
    BOOST_TEST(recent(cell, now).size() == (row.is_recent ? 1U : 0U), row.name);
  }
}

BOOST_AUTO_TEST_CASE(ages_are_right_where_the_coarse_clock_begins_anew) {
  constexpr TimePoint wrap{1LL << 52};
  LatencyCell cell;
  cell.store(milliseconds{1}, wrap + -milliseconds{20});
  BOOST_TEST(recent(cell, wrap + milliseconds{20}).size() == 1U);
  BOOST_TEST(recent(cell, wrap + std::chrono::minutes{1}).empty());
}

BOOST_AUTO_TEST_CASE(the_latency_is_the_median_over_all_workers) {
  Board board(3);
  BOOST_TEST(board.load().latency_us == 0U, "none was answered lately");
  board.slots[0].latencies.store(microseconds{900}, now);
  BOOST_TEST(board.load().latency_us == 900U);
  board.slots[1].latencies.store(microseconds{10}, now);
  board.slots[2].latencies.store(microseconds{20}, now);
  BOOST_TEST(board.load().latency_us == 20U);
  board.slots[2].latencies.store(microseconds{5}, now + -std::chrono::hours{1});
  BOOST_TEST(board.load().latency_us == 20U, "an old one has no say");
}

BOOST_AUTO_TEST_CASE(a_slots_latencies_outlive_its_worker) {
  Board board(1);
  board.slots[0].latencies.store(microseconds{900}, now);
  board.slots[0].clear();
  BOOST_TEST(board.load().latency_us == 900U);
  for (std::uint32_t n = 0; n < LatencyCell::size; ++n)
    board.slots[0].latencies.store(microseconds{10}, now);
  BOOST_TEST(board.load().latency_us == 10U);
}

BOOST_AUTO_TEST_SUITE_END()
