#include "os/machine_limits.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "os/cpu_affinity.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(machine_limits)

namespace {

using namespace brood;

/// A tree of files like those that the kernel shows.
struct Machine {
  test::TemporaryFolder folder;
  std::string root = folder / "root";

  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text << '\n';
  }

  void v2(const std::string& group) const {
    write("/proc/self/cgroup", "0::" + group);
    write("/proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw");
  }
  void v1(const std::string& group, const std::string& mounted) const {
    write("/proc/self/cgroup", "4:memory:" + group + "\n3:cpu,cpuacct:" + group + "\n0::/");
    write("/proc/self/mountinfo",
          "29 28 0:29 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
          "30 29 0:30 " +
              mounted +
              " /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
              "31 29 0:31 " +
              mounted + " /sys/fs/cgroup/memory rw shared:1 - cgroup cgroup rw,memory");
  }
};

/// Two processors for certain, so that a quota below is what bounds.
struct OnTwo {
  OnTwo() : many(cpu_limit("/nonexistent").cpus >= 2) {}
  bool many;
};

const std::string cgroup = "/sys/fs/cgroup";

}  // namespace

BOOST_AUTO_TEST_CASE(without_groups_the_mask_and_the_machine_bound) {
  const Machine machine;
  machine.write("/proc/meminfo", "MemTotal:  2048 kB\nMemFree: 1 kB");
  BOOST_TEST(cpu_limit(machine.root).by == "affinity");
  BOOST_TEST(cpu_limit(machine.root).cpus == allowed_cpus().size());
  BOOST_TEST(memory_limit(machine.root).by == "machine");
  BOOST_TEST(memory_limit(machine.root).bytes == 2048U * 1024);
}

BOOST_AUTO_TEST_CASE(a_quota_is_rounded_up_and_the_least_of_all_around_counts) {
  if (!OnTwo().many) return;  // On one processor no quota bounds more.
  const struct {
    const char* own;
    const char* around;
    std::uint32_t cpus;
    const char* by;
  } rows[] = {{"max 100000", "max 100000", 0, "affinity"},
              {"50000 100000", "max 100000", 1, "/a/b/cpu.max"},
              {"150000 100000", "max 100000", 2, "/a/b/cpu.max"},
              {"150000 100000", "1000 100000", 1, "/a/cpu.max"},
              {"99000000 100000", "max 100000", 0, "affinity"},
              {"", "nonsense", 0, "affinity"}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.own << " in " << row.around);
    const Machine machine;
    machine.v2("/a/b");
    machine.write(cgroup + "/a/b/cpu.max", row.own);
    machine.write(cgroup + "/a/cpu.max", row.around);
    const CpuLimit limit = cpu_limit(machine.root);
    BOOST_TEST(limit.cpus == (row.cpus != 0 ? row.cpus : allowed_cpus().size()));
    BOOST_TEST(limit.by.ends_with(row.by));
  }
}

BOOST_AUTO_TEST_CASE(version_1_is_read_where_it_is_mounted) {
  if (!OnTwo().many) return;
  // In a container the path is the host's, and what is mounted is the container's own group.
  for (const char* const mounted : {"/", "/docker/c"}) {
    const Machine machine;
    machine.v1("/docker/c", mounted);
    machine.write("/proc/meminfo", "MemTotal: 4000000 kB");
    const std::string folder = std::string(mounted) == "/" ? "/docker/c" : "";
    machine.write(cgroup + "/cpu,cpuacct" + folder + "/cpu.cfs_quota_us", "100000");
    machine.write(cgroup + "/cpu,cpuacct" + folder + "/cpu.cfs_period_us", "100000");
    machine.write(cgroup + "/memory" + folder + "/memory.limit_in_bytes", "67108864");
    BOOST_TEST(cpu_limit(machine.root).cpus == 1U);
    BOOST_TEST(cpu_limit(machine.root).by ==
               cgroup + "/cpu,cpuacct" + folder + "/cpu.cfs_quota_us");
    BOOST_TEST(memory_limit(machine.root).bytes == 67108864U);
  }
}

BOOST_AUTO_TEST_CASE(no_limit_is_no_limit) {
  const Machine machine;
  machine.v1("/", "/");
  machine.write("/proc/meminfo", "MemTotal: 1000 kB");
  machine.write(cgroup + "/cpu,cpuacct/cpu.cfs_quota_us", "-1");
  machine.write(cgroup + "/cpu,cpuacct/cpu.cfs_period_us", "100000");
  machine.write(cgroup + "/memory/memory.limit_in_bytes", "9223372036854771712");
  BOOST_TEST(cpu_limit(machine.root).by == "affinity");
  BOOST_TEST(memory_limit(machine.root).by == "machine");
}

BOOST_AUTO_TEST_CASE(the_least_memory_of_all_around_counts) {
  const Machine machine;
  machine.v2("/a/b");
  machine.write("/proc/meminfo", "MemTotal: 4000000 kB");
  machine.write(cgroup + "/a/b/memory.max", "max");
  machine.write(cgroup + "/a/b/memory.high", "3000000");
  machine.write(cgroup + "/a/memory.max", "2000000");
  BOOST_TEST(memory_limit(machine.root).bytes == 2000000U);
  BOOST_TEST(memory_limit(machine.root).by == cgroup + "/a/memory.max");
}

BOOST_AUTO_TEST_CASE(a_path_of_another_namespace_means_what_is_mounted) {
  if (!OnTwo().many) return;
  const Machine machine;
  machine.v2("/../../elsewhere");
  machine.write(cgroup + "/cpu.max", "10000 100000");
  BOOST_TEST(cpu_limit(machine.root).cpus == 1U);
  BOOST_TEST(cpu_limit(machine.root).by == cgroup + "/cpu.max");
}

BOOST_AUTO_TEST_SUITE_END()
