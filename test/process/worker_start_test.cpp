// A new worker finds the program's text where its supervisor has it, instead of in page faults.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(worker_start)

namespace {

using namespace brood::test;

/// All mappings of program text together, in KiB.
struct Text {
  std::int64_t present = 0;
  std::int64_t own = 0;  ///< Pages that have been written to.
};

/// As /proc/PID/smaps has it: for each mapping a line that begins with its addresses, then fields.
Text text_of(pid_t pid) {
  std::ifstream smaps("/proc/" + std::to_string(pid) + "/smaps");
  Text text;
  bool is_text = false;
  for (std::string line; std::getline(smaps, line);) {
    const bool is_field = line.find(':') < line.find(' ');
    if (!is_field) is_text = line.find(" r-xp ") != line.npos && line.find('/') != line.npos;
    if (is_text && line.starts_with("Rss:")) text.present += std::stoll(line.substr(4));
    if (is_text && line.starts_with("Anonymous:")) text.own += std::stoll(line.substr(10));
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_worker_that_has_served_nobody_has_the_text_that_its_supervisor_has) {
  const Server server({.binary = BROOD_BINARY, .options = pool_of(1)});
  const Text above = text_of(server.pid());
  const Text below = text_of(server.workers().at(0));
  if (above.own == 0) return;  // This kernel refuses writes through /proc/self/mem.
  BOOST_TEST(below.present * 10 > above.present * 9, below.present << " of " << above.present);
}

BOOST_AUTO_TEST_SUITE_END()
