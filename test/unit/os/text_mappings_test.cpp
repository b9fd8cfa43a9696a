#include "os/text_mappings.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

BOOST_AUTO_TEST_SUITE(text_mappings)

namespace {

/// What of this program's text is no longer the file's, in KiB.
long own_text_kib() {
  std::ifstream smaps("/proc/self/smaps");
  long sum = 0;
  bool in_text = false;
  for (std::string line; std::getline(smaps, line);) {
    if (!brood::text_mappings(line).empty()) in_text = true;
    if (line.starts_with("Anonymous:") && std::exchange(in_text, false))
      sum += std::stol(line.substr(10));
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_private_program_text_of_files_is_taken) {
  const struct {
    const char* name;
    const char* maps;
    std::vector<std::uintptr_t> want;
  } rows[] = {
      {"nothing", "", {}},
      {"text", "55d0a000-55d0b000 r-xp 00001000 fe:00 1234   /usr/bin/brood\n", {0x55d0a000}},
      {"the last line has no end", "1000-2000 r-xp 00000000 fe:00 12 /lib/a.so", {0x1000}},
      {"a path with blanks", "1000-2000 r-xp 00000000 fe:00 12 /lib/a b.so (deleted)\n", {0x1000}},
      {"data", "1000-2000 rw-p 00000000 fe:00 12 /lib/a.so\n", {}},
      {"constants", "1000-2000 r--p 00000000 fe:00 12 /lib/a.so\n", {}},
      {"shared", "1000-2000 r-xs 00000000 fe:00 12 /lib/a.so\n", {}},
      {"writable text", "1000-2000 rwxp 00000000 fe:00 12 /lib/a.so\n", {}},
      {"the kernel's own", "7ffd1000-7ffd2000 r-xp 00000000 00:00 0 [vdso]\n", {}},
      {"no file", "1000-2000 r-xp 00000000 00:00 0 \n", {}},
      {"no address", "x-y r-xp 00000000 fe:00 12 /lib/a.so\n", {}},
      {"several",
       "1000-2000 r-xp 00000000 fe:00 12 /lib/a.so\n2000-3000 rw-p 00001000 fe:00 12 /lib/a.so\n"
       "5000-6000 r-xp 00000000 fe:00 13 /lib/b.so\n",
       {0x1000, 0x5000}},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(brood::text_mappings(row.maps) == row.want, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(each_mapping_of_this_program_gets_one_page_of_its_own) {
  const std::size_t count = brood::hand_text_on_to_children();
  if (count == 0) return;  // This kernel refuses writes through /proc/self/mem.
  const long page_kib = ::sysconf(_SC_PAGESIZE) / 1024;
  BOOST_TEST(own_text_kib() == static_cast<long>(count) * page_kib);
}

BOOST_AUTO_TEST_SUITE_END()
