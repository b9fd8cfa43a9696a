#include "os/descriptor_limit.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace brood;

/// Puts the limit back; within, the soft one is low.
struct LowLimit {
  LowLimit() { set_descriptor_limit({.rlim_cur = 200, .rlim_max = before.rlim_max}); }
  ~LowLimit() { set_descriptor_limit(before); }

  const DescriptorLimit before = descriptor_limit();
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(descriptor_limits, LowLimit)

BOOST_AUTO_TEST_CASE(the_soft_limit_is_raised_to_what_is_needed) {
  BOOST_TEST(raise_descriptor_limit(300) == 300U);
  BOOST_TEST(descriptor_limit().rlim_cur == 300U);
}

BOOST_AUTO_TEST_CASE(it_is_never_lowered) {
  BOOST_TEST(raise_descriptor_limit(100) == 200U);
  BOOST_TEST(descriptor_limit().rlim_cur == 200U);
}

BOOST_AUTO_TEST_CASE(beyond_the_hard_limit_it_says_what_is_in_force) {
  if (before.rlim_max == RLIM_INFINITY) return;
  BOOST_TEST(raise_descriptor_limit(before.rlim_max + 1) == before.rlim_max);
  BOOST_TEST(descriptor_limit().rlim_cur == before.rlim_max);
}

BOOST_AUTO_TEST_CASE(a_limit_is_raised_within_its_hard_part_and_never_lowered) {
  const struct {
    const char* name;
    std::uint64_t needed, want;
  } rows[] = {{"enough", 100, 200}, {"more", 300, 300}, {"too much", 900, 500}};
  for (const auto& row : rows) {
    const DescriptorLimit limit = raised({.rlim_cur = 200, .rlim_max = 500}, row.needed);
    BOOST_TEST(limit.rlim_cur == row.want, row.name);
    BOOST_TEST(limit.rlim_max == 500U, row.name);
  }
}

BOOST_AUTO_TEST_CASE(the_hard_limit_stays) {
  raise_descriptor_limit(300);
  BOOST_TEST(descriptor_limit().rlim_max == before.rlim_max);
}

BOOST_AUTO_TEST_CASE(a_worker_gets_the_limit_back_that_was_found) {
  const DescriptorLimit found = descriptor_limit();
  raise_descriptor_limit(300);
  set_descriptor_limit(found);
  BOOST_TEST(descriptor_limit().rlim_cur == 200U);
}

BOOST_AUTO_TEST_SUITE_END()
