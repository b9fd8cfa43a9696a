#include "balance/routing/permit_queue.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>
#include <string>

using namespace brood;

BOOST_AUTO_TEST_SUITE(permit_queue)

namespace {

/// Plays "t0 w1 g ..." on a queue and shows what comes of each: take (+, -), want, give back (whom
/// it wakes), decline, max.
std::string play(PermitQueue& queue, const std::string& script) {
  std::istringstream words(script);
  std::ostringstream shown;
  for (std::string word; words >> word;) {
    const auto number =
        static_cast<std::uint32_t>(word.size() > 1 ? std::stoul(word.substr(1)) : 0);
    const auto woken = [](std::optional<std::uint32_t> who) {
      return who ? std::to_string(*who) : std::string(".");
    };
    switch (word[0]) {
      case 't': shown << (queue.take(number) ? '+' : '-'); break;
      case 'w': queue.want(number); break;
      case 'g': shown << woken(queue.give_back()); break;
      case 'd': shown << woken(queue.decline(number)); break;
      case 'm': shown << woken(queue.set_max(number)); break;
      default: shown << '?';
    }
  }
  return shown.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(permits_go_round_in_the_order_of_asking) {
  const struct {
    const char* name;
    std::uint32_t max;
    const char* script;
    const char* want;
  } rows[] = {
      {"as many as there are", 2, "t0 t1 t2", "++-"},
      {"given back to nobody", 1, "t0 g t0", "+.+"},
      {"whoever waits is woken", 1, "t0 w1 g t1", "+1+"},
      {"and goes before who had it", 1, "t0 w1 g t0 t1", "+1-+"},
      {"who asks twice waits once", 1, "t0 w1 w1 g t1 g t0", "+1+.+"},
      {"two in their order", 1, "t0 w2 w1 g t2 w0 g t1 g t0", "+2+1+0+"},
      {"who declines lets the next one", 1, "t0 w1 w2 g d1 t2", "+12+"},
      {"who has taken has nothing to decline", 1, "t0 w1 g t1 d1", "+1+."},
      {"who is not yet entitled stays", 1, "t0 w1 d1 g", "+.1"},
      {"two permits, two who wait", 2, "t0 t0 w1 w2 g g t2 t1", "++12++"},
      {"more permits wake", 1, "t0 w1 w2 m3 m3 t1 t2", "+12++"},
      {"fewer let it run down", 2, "t0 t0 w1 m1 g g t1", "++..1+"},
  };
  for (const auto& row : rows) {
    PermitQueue queue(row.max);
    BOOST_TEST(play(queue, row.script) == row.want, row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
