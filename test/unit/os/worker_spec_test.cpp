#include "os/worker_spec.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(worker_spec)

BOOST_AUTO_TEST_CASE(what_a_process_keeps_is_all_that_its_spec_names_ascending) {
  const brood::WorkerSpec spec{
      .channel_fd = 5, .scoreboard_fd = 4, .listener_fds = {9, 3}, .queue_fds = {7}};
  const std::vector<int> want{3, 4, 5, 7, 9};
  BOOST_TEST(spec.descriptors() == want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
