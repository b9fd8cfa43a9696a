#include "wire/scoreboard.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"

BOOST_AUTO_TEST_SUITE(scoreboard)

namespace {

using namespace brood;

/// Memory such as a scoreboard has: a page of zeros for each slot, as the kernel gives it.
struct Board {
  explicit Board(std::uint32_t slot_count) : slots(slot_count) {
    head->slot_count.store(slot_count);
    view = {.head = head.get(), .slots = slots.data()};
  }

  void count(std::uint32_t slot, std::uint64_t entries, std::uint64_t errors) {
    slots[slot].entries.store(entries);
    slots[slot].errors.store(errors);
  }

  std::unique_ptr<SupervisorPage> head = std::make_unique<SupervisorPage>();
  std::vector<SlotPage> slots;
  Scoreboard view;
};

/// What a worker leaves that has died while it wrote its line: the lock's sequence is odd.
void die_inside_store(LineCell& line) {
  static_assert(sizeof(LineCell) == LineCell::size_max + 8);  // sequence, size, bytes
  const std::uint32_t odd = 7;
  std::memcpy(static_cast<void*>(&line), &odd, sizeof odd);
}

/// As a page is met whose worker wrote nonsense over it.
void fill_with(SlotPage& page, SplitMix& random) {
  std::vector<std::uint64_t> words(sizeof page / sizeof(std::uint64_t));
  for (auto& word : words) word = random.next();
  std::memcpy(static_cast<void*>(&page), words.data(), sizeof page);
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_page_has_4096_bytes_and_starts_at_a_multiple_of_them) {
  BOOST_TEST(sizeof(SlotPage) == 4096U);
  BOOST_TEST(alignof(SlotPage) == 4096U);
  BOOST_TEST(sizeof(SupervisorPage) == 4096U);
  BOOST_TEST(alignof(SupervisorPage) == 4096U);
}

BOOST_AUTO_TEST_CASE(state_and_counts_come_back_together) {
  constexpr std::uint64_t most = (1ULL << 40) - 1;
  StateCell cell;
  for (const auto state : {WorkerState::init, WorkerState::idle, WorkerState::busy,
                           WorkerState::exit, WorkerState{0}, WorkerState{255}})
    for (const std::uint64_t connections : {0UL, 1UL, 1UL << 32, most})
      for (const std::uint32_t open : {0U, 1U, 1024U, connections_open_max}) {
        cell.store({state, connections, open});
        BOOST_TEST((cell.load() == WorkerSnapshot{state, connections, open}));
      }
}

BOOST_AUTO_TEST_CASE(no_count_touches_its_neighbours) {
  const struct {
    const char* name;
    WorkerSnapshot stored, want;
  } rows[] = {
      {"too many connections", {WorkerState::idle, 1ULL << 40, 7}, {WorkerState::idle, 0, 7}},
      {"too many open",
       {WorkerState::idle, 9, connections_open_max + 1},
       {WorkerState::idle, 9, 0}},
      {"all bits",
       {WorkerState::busy, ~0ULL, ~0U},
       {WorkerState::busy, (1ULL << 40) - 1, connections_open_max}},
  };
  for (const auto& row : rows) {
    StateCell cell;
    cell.store(row.stored);
    BOOST_TEST((cell.load() == row.want), row.name);
  }
}

BOOST_AUTO_TEST_CASE(a_new_cell_shows_no_state_at_all) {
  BOOST_TEST((StateCell{}.load() == WorkerSnapshot{WorkerState{0}, 0}));
}

BOOST_AUTO_TEST_CASE(a_line_comes_back_cut_at_its_greatest_size) {
  LineCell cell;
  BOOST_TEST(cell.load().empty());
  const std::string long_line(1000, 'x');
  for (std::size_t size = 0; size <= 300; ++size) {
    std::string line = long_line.substr(0, size);
    if (size > 0) line[size / 2] = '\0';
    cell.store(line);
    BOOST_TEST(cell.load() == line.substr(0, LineCell::size_max));
  }
  cell.store("short again");
  BOOST_TEST(cell.load() == "short again");
}

BOOST_AUTO_TEST_CASE(a_line_whose_writer_died_inside_is_marked_as_torn) {
  LineCell cell;
  cell.store("GET /half");
  die_inside_store(cell);
  BOOST_TEST(cell.load() == "GET /half?");
}

BOOST_AUTO_TEST_CASE(a_slot_whose_worker_died_inside_its_line_shows_the_next_ones_whole) {
  Board board(1);
  SlotPage& page = board.slots[0];
  page.request_line.store("GET /half");
  die_inside_store(page.request_line);
  page.clear();
  BOOST_TEST(page.request_line.load().empty());
  page.request_line.store("GET /next HTTP/1.1");
  BOOST_TEST(page.request_line.load() == "GET /next HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(any_bytes_at_all_in_a_page_can_be_read) {
  Board board(1);
  SplitMix random{7};
  for (int round = 0; round < 200; ++round) {
    fill_with(board.slots[0], random);
    const std::string line = board.slots[0].request_line.load();
    BOOST_TEST(line.size() <= LineCell::size_max + 1);
    const WorkerCounts counts = board.slots[0].counts();
    BOOST_TEST(counts.connections < 1ULL << 40);
    board.view.totals();
    const LoadReport load = board.view.load({0});
    BOOST_TEST(load.busy + load.idle <= 1U);
    BOOST_TEST(load.in_flight <= load.busy);
  }
}

BOOST_AUTO_TEST_CASE(a_cleared_page_is_what_a_new_worker_expects) {
  Board board(2);
  SplitMix random{8};
  for (int round = 0; round < 50; ++round) {
    SlotPage& page = board.slots[0];
    fill_with(page, random);
    page.clear();
    BOOST_TEST((page.state.load() == WorkerSnapshot{WorkerState::init, 0}));
    BOOST_TEST((page.counts() == WorkerCounts{}));
    BOOST_TEST(page.progress_ns.load() == 0);
    BOOST_TEST(page.first_idle_ns.load() == 0);
    BOOST_TEST(page.in_flight.load() == 0U);
    BOOST_TEST((page.phase.load() == Phase::waiting));
    BOOST_TEST(page.request_line.load().empty());
  }
}

BOOST_AUTO_TEST_CASE(counts_are_those_of_the_page) {
  Board board(1);
  board.count(0, 20, 3);
  board.slots[0].state.store({WorkerState::busy, 9});
  BOOST_TEST((board.slots[0].counts() == WorkerCounts{9, 20, 3}));
}

BOOST_AUTO_TEST_CASE(totals_add_the_living_up) {
  Board board(3);
  board.count(0, 10, 1);
  board.count(2, 5, 5);
  BOOST_TEST((board.view.totals() == HealthTotals{.errors = 6, .entries = 15}));
}

BOOST_AUTO_TEST_CASE(totals_leave_slots_beyond_the_count_alone) {
  Board board(3);
  for (std::uint32_t slot = 0; slot < 3; ++slot) board.count(slot, 1, 1);
  board.head->slot_count.store(2);
  BOOST_TEST((board.view.totals() == HealthTotals{.errors = 2, .entries = 2}));
}

BOOST_AUTO_TEST_CASE(banking_moves_counts_and_changes_no_total) {
  Board board(2);
  board.count(0, 10, 1);
  board.count(1, 7, 2);
  const HealthTotals before = board.view.totals();
  board.view.bank(0);
  BOOST_TEST((board.view.totals() == before));
  BOOST_TEST((board.slots[0].counts() == WorkerCounts{}));
  BOOST_TEST(board.head->banked_entries.load() == 10U);
  BOOST_TEST(board.head->banked_errors.load() == 1U);
  board.view.bank(0);
  BOOST_TEST((board.view.totals() == before), "banking an empty page adds nothing");
  board.count(0, 1, 1);
  board.view.bank(0);
  board.view.bank(1);
  BOOST_TEST((board.view.totals() == HealthTotals{.errors = 4, .entries = 18}));
}

BOOST_AUTO_TEST_CASE(banking_leaves_its_sequence_even) {
  Board board(1);
  for (std::uint32_t round = 1; round <= 5; ++round) {
    board.view.bank(0);
    BOOST_TEST(board.head->bank_sequence.load() == 2 * round);
  }
}

BOOST_AUTO_TEST_CASE(totals_end_although_the_supervisor_died_banking) {
  Board board(1);
  board.count(0, 4, 2);
  board.head->bank_sequence.store(1);
  BOOST_TEST((board.view.totals() == HealthTotals{.errors = 2, .entries = 4}));
}

BOOST_AUTO_TEST_CASE(frames_are_wanted_until_somebody_looks) {
  BOOST_TEST(SupervisorPage{}.frames_wanted.load() == 1U);
}

BOOST_AUTO_TEST_CASE(a_line_is_copied_whole_also_over_one_whose_writer_died) {
  LineCell from;
  LineCell to;
  from.store("GET /a HTTP/1.1");
  to.store("GET /something/longer/than/the/other HTTP/1.1");
  die_inside_store(to);
  to.copy(from);
  BOOST_TEST(to.load() == "GET /a HTTP/1.1");
  from.store({});
  to.copy(from);
  BOOST_TEST(to.load() == "");
}

BOOST_AUTO_TEST_SUITE_END()
