#include "os/process_tree.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "os/cpu_affinity.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(process_tree_of)

BOOST_AUTO_TEST_CASE(a_process_without_children_is_its_own_tree) {
  const auto tree = process_tree(::getpid());
  BOOST_REQUIRE(!tree.empty());
  BOOST_TEST(tree.front() == ::getpid());
}

BOOST_AUTO_TEST_CASE(nobody_has_no_tree_and_has_used_nothing) {
  BOOST_TEST(process_tree(1 << 28).empty());
  const ProcessUsage usage = usage_of({1 << 28});
  BOOST_TEST(usage.processes == 0U);
  BOOST_TEST(usage.threads == 0U);
  BOOST_TEST(usage.cpu.count() == 0);
  BOOST_TEST(proportional_size({1 << 28}) == 0U);
}

BOOST_AUTO_TEST_CASE(what_a_process_uses_is_seen) {
  const ProcessUsage before = usage_of({::getpid()});
  volatile std::uint64_t sum = 0;
  for (std::uint64_t n = 0; n < 3'000'000; ++n) sum = sum + n;
  const ProcessUsage after = usage_of({::getpid()});
  BOOST_TEST(after.processes == 1U);
  BOOST_TEST(after.threads >= 1U);
  BOOST_TEST((after.cpu > before.cpu));
  BOOST_TEST(after.switches >= before.switches);
  BOOST_TEST(proportional_size({::getpid()}) > 100'000U);
}

BOOST_AUTO_TEST_CASE(the_machine_has_memory_and_this_process_a_cpu) {
  const MachineMemory memory = machine_memory();
  BOOST_TEST(memory.total > memory.available);
  BOOST_TEST(memory.available > 0U);
  const auto cpus = allowed_cpus();
  BOOST_REQUIRE(!cpus.empty());
  BOOST_TEST(run_on_cpus(cpus));
}

BOOST_AUTO_TEST_SUITE_END()
