#include "support/proc.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

namespace brood::test {
namespace {

namespace fs = std::filesystem;

/// What /proc/PID/stat tells, as far as it is of use here.
struct Stat {
  pid_t pid = 0;
  char state = 0;
  pid_t parent = 0;
  pid_t group = 0;
  std::uint64_t ticks = 0;  ///< User and system time.
};

std::string proc_path(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

std::optional<Stat> read_stat(pid_t pid) {
  std::ifstream file(proc_path(pid, "stat"));
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  // The name stands in parentheses and may hold anything: what follows the last one is ours.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  Stat stat{.pid = pid};
  std::string skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  rest >> stat.state >> stat.parent >> stat.group;
  for (int field = 6; field < 14; ++field) rest >> skipped;
  rest >> user >> system;
  stat.ticks = user + system;
  return stat;
}

std::vector<Stat> all_processes() {
  std::vector<Stat> found;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || *end != '\0') continue;
    if (const auto stat = read_stat(pid)) found.push_back(*stat);
  }
  std::ranges::sort(found, {}, &Stat::pid);
  return found;
}

std::vector<pid_t> pids_where(const std::function<bool(const Stat&)>& matches) {
  std::vector<pid_t> pids;
  for (const Stat& stat : all_processes())
    if (matches(stat)) pids.push_back(stat.pid);
  return pids;
}

}  // namespace

bool eventually(FunctionRef<bool()> condition, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return condition();
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

std::vector<pid_t> children_of(pid_t parent) {
  return pids_where([parent](const Stat& stat) { return stat.parent == parent; });
}

std::vector<pid_t> zombies_of(pid_t parent) {
  return pids_where(
      [parent](const Stat& stat) { return stat.parent == parent && stat.state == 'Z'; });
}

std::vector<pid_t> group_members(pid_t group) {
  return pids_where([group](const Stat& stat) { return stat.group == group; });
}

char state_of(pid_t pid) {
  const auto stat = read_stat(pid);
  return stat ? stat->state : '\0';
}

bool is_alive(pid_t pid) {
  const char state = state_of(pid);
  return state != '\0' && state != 'Z' && state != 'X';
}

std::vector<pid_t> living_members(pid_t group) {
  std::vector<pid_t> members = group_members(group);
  std::erase_if(members, [](pid_t pid) { return !is_alive(pid); });
  return members;
}

bool is_gone(pid_t pid, std::chrono::milliseconds limit) {
  return eventually([pid] { return !read_stat(pid); }, limit);
}

std::uint64_t voluntary_switches(pid_t pid) {
  std::ifstream file(proc_path(pid, "status"));
  std::string word;
  std::uint64_t count = 0;
  while (file >> word)
    if (word == "voluntary_ctxt_switches:" && file >> count) return count;
  return 0;
}

std::vector<std::string> open_files(pid_t pid) {
  std::vector<std::string> targets;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(proc_path(pid, "fd"), error)) {
    const fs::path target = fs::read_symlink(entry.path(), error);
    if (!error) targets.push_back(target);
  }
  return targets;
}

std::chrono::milliseconds cpu_time(pid_t pid) {
  const auto stat = read_stat(pid);
  const std::int64_t ticks = stat ? static_cast<std::int64_t>(stat->ticks) : 0;
  return std::chrono::milliseconds{ticks * 1000 / ::sysconf(_SC_CLK_TCK)};
}

}  // namespace brood::test
