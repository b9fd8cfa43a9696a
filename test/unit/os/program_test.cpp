#include "os/program.hpp"

#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <csignal>

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(an_end_is_told_by_its_status_or_its_signal) {
  BOOST_TEST(brood::describe_end(W_EXITCODE(0, 0)) == "exited 0");
  BOOST_TEST(brood::describe_end(W_EXITCODE(3, 0)) == "exited 3");
  BOOST_TEST(brood::describe_end(W_EXITCODE(0, SIGSEGV)) == "killed by SIGSEGV");
  BOOST_TEST(brood::describe_end(W_EXITCODE(0, SIGRTMIN + 1)) ==
             "killed by signal " + std::to_string(SIGRTMIN + 1));
}

BOOST_AUTO_TEST_SUITE_END()
