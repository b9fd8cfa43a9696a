#include "base/stall_budget.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(stall_budget)

namespace {

constexpr TimePoint begin{1'000'000'000'000};

}  // namespace

BOOST_AUTO_TEST_CASE(the_next_bytes_have_their_time_and_all_of_them_that_of_the_least_rate) {
  const struct {
    const char* name;
    std::uint64_t least_rate;
    std::uint64_t size;  ///< Of each piece.
    Duration pause;      ///< Before each piece.
    int pieces;          ///< That come.
    Duration want;       ///< How long it may wait for the one after them, from then on.
  } rows[] = {
      {"nothing has come", 100, 0, 0s, 0, 10s},       {"fast enough", 100, 1000, 9s, 50, 10s},
      {"exactly fast enough", 100, 900, 9s, 50, 10s}, {"a little too slow", 100, 80, 1s, 10, 8s},
      {"too slow for long", 100, 80, 1s, 45, 1s},     {"any rate will do", 0, 1, 9s, 1000, 10s},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      StallBudget budget(10s, row.least_rate);
      budget.start();
      TimePoint now = begin;
      for (int piece = 0; piece < row.pieces; ++piece) {
        BOOST_TEST((budget.wait(now) >= now + row.pause));
        now = now + row.pause;
        budget.moved(row.size, now);
      }
      BOOST_TEST((budget.wait(now) - now == row.want));
    }
}

BOOST_AUTO_TEST_CASE(asking_again_gives_no_more_time) {
  StallBudget budget(10s, 1);
  const TimePoint deadline = budget.wait(begin);
  BOOST_TEST((budget.wait(begin + 3s) == deadline));
  BOOST_TEST((budget.waited(begin + 3s) == 3s));
}

BOOST_AUTO_TEST_CASE(what_the_kernel_has_sent_since_is_progress) {
  StallBudget budget(10s, 100);
  budget.moved(100'000, begin);
  BOOST_TEST((budget.wait(begin, 99'900) == begin + 11s), "100 bytes taken earn a second");
  BOOST_TEST((budget.wait(begin + 5s, 99'900) == begin + 11s), "nothing since");
  BOOST_TEST((budget.wait(begin + 9s, 99'400) == begin + 16s), "600 bytes in all, 9 s waited");
}

BOOST_AUTO_TEST_CASE(a_steady_reader_is_never_given_up) {
  // How much the peer's kernel tells at once, and how long its program takes to read that.
  for (const auto& [window, pause] : {std::pair{1000U, 1s}, {64'000U, 64s}, {64'000U, 4s}})
    BOOST_TEST_CONTEXT(window << " bytes, " << pause.count() << " s") {
      StallBudget budget(30s, 128);
      std::uint64_t queued = 2'000'000;
      budget.moved(queued, begin);
      queued -= 64'000;
      TimePoint now = begin;
      for (int turn = 0; turn < 20; ++turn) {
        const TimePoint deadline = budget.wait(now, queued);
        now = now + pause;
        BOOST_TEST((deadline > now));
        queued -= window;
      }
    }
}

BOOST_AUTO_TEST_CASE(who_takes_nothing_is_given_up_whatever_is_in_the_kernel) {
  StallBudget budget(10s, 100);
  budget.moved(1'000'000, begin);
  BOOST_TEST((budget.wait(begin, 1'000'000) == begin + 10s), "not a byte");
  StallBudget full_window(10s, 100);
  full_window.moved(1'000'000, begin);
  BOOST_TEST((full_window.wait(begin, 900'000) == begin + StallBudget::longest(10s)));
  BOOST_TEST((full_window.wait(begin + 29s, 900'000) == begin + StallBudget::longest(10s)));
}

BOOST_AUTO_TEST_CASE(only_waiting_counts) {
  StallBudget budget(10s, 100);
  budget.moved(1, begin);
  budget.moved(1, begin + 60s);  // Nobody has waited for it.
  BOOST_TEST((budget.waited(begin + 60s) == 0s));
  BOOST_TEST((budget.wait(begin + 60s) == begin + 70s));
}

BOOST_AUTO_TEST_CASE(a_new_body_begins_anew) {
  StallBudget budget(10s, 100);
  budget.wait(begin);
  budget.moved(1, begin + 9s);
  budget.start();
  BOOST_TEST((budget.wait(begin + 9s) == begin + 19s));
}

BOOST_AUTO_TEST_CASE(a_body_of_any_size_earns_no_endless_time_by_overflow) {
  StallBudget budget(10s, 1);
  budget.moved(UINT64_MAX / 2, begin);
  BOOST_TEST((budget.wait(begin) == begin + 10s));
}

BOOST_AUTO_TEST_SUITE_END()
