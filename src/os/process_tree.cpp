#include "os/process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include <brood/unique_fd.hpp>

namespace brood {
namespace {

/// A file of /proc; empty once its process has gone.
std::string read_proc(const std::string& path) {
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string text;
  std::array<char, 4096> block;
  ssize_t size = 0;
  while (fd && (size = ::read(fd.get(), block.data(), block.size())) > 0)
    text.append(block.data(), static_cast<std::size_t>(size));
  return text;
}

std::string folder_of(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

/// Takes the next number off the front of `text`; 0 where there is none.
std::uint64_t take_number(std::string_view& text) {
  const std::size_t begin = text.find_first_of("0123456789");
  text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(error == std::errc{} ? static_cast<std::size_t>(end - text.data()) : 0);
  return value;
}

/// The number behind a name that begins a line.
std::uint64_t field(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    text.remove_prefix(at + name.size());
    return take_number(text);
  }
  return 0;
}

std::vector<std::string> threads_of(pid_t pid) {
  struct Close {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
  };
  const std::string path = folder_of(pid) + "/task";
  const std::unique_ptr<DIR, Close> folder{::opendir(path.c_str())};
  std::vector<std::string> threads;
  if (!folder) return threads;
  while (const dirent* const entry = ::readdir(folder.get()))
    if (entry->d_name[0] != '.') threads.push_back(path + '/' + entry->d_name);
  return threads;
}

/// Time of the children that this process has waited for.
Duration cpu_of_ended(pid_t pid) {
  const std::string text = read_proc(folder_of(pid) + "/stat");
  // "pid (name) state ...": the name may hold anything, also brackets.
  const std::size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return {};
  std::string_view rest = std::string_view(text).substr(name_end + 4);
  for (int skipped = 0; skipped < 12; ++skipped) take_number(rest);  // Up to cutime.
  const std::uint64_t ticks = take_number(rest) + take_number(rest);
  return Duration{static_cast<std::int64_t>(ticks) * 1'000'000'000 / ::sysconf(_SC_CLK_TCK)};
}

Duration cpu_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return {};
  return std::chrono::seconds{used.tv_sec} + Duration{used.tv_nsec} + cpu_of_ended(pid);
}

}  // namespace

std::vector<pid_t> process_tree(pid_t root) {
  std::vector<pid_t> pids{root};
  for (std::size_t at = 0; at < pids.size(); ++at) {
    const auto threads = threads_of(pids[at]);
    if (at == 0 && threads.empty()) return {};
    for (const std::string& thread : threads) {
      const std::string text = read_proc(thread + "/children");
      std::string_view rest = text;
      for (auto pid = take_number(rest); pid > 0; pid = take_number(rest))
        pids.push_back(static_cast<pid_t>(pid));
    }
  }
  return pids;
}

ProcessUsage usage_of(const std::vector<pid_t>& pids) {
  ProcessUsage usage;
  for (const pid_t pid : pids) {
    const auto threads = threads_of(pid);
    if (threads.empty()) continue;
    ++usage.processes;
    usage.threads += static_cast<std::uint32_t>(threads.size());
    usage.cpu += cpu_of(pid);
    for (const std::string& thread : threads) {
      const std::string status = read_proc(thread + "/status");
      usage.switches +=
          field(status, "voluntary_ctxt_switches:") + field(status, "nonvoluntary_ctxt_switches:");
    }
  }
  return usage;
}

std::uint64_t proportional_size(const std::vector<pid_t>& pids) {
  std::uint64_t kib = 0;
  for (const pid_t pid : pids) kib += field(read_proc(folder_of(pid) + "/smaps_rollup"), "Pss:");
  return kib * 1024;
}

MachineMemory machine_memory() {
  const std::string text = read_proc("/proc/meminfo");
  return {.total = field(text, "MemTotal:") * 1024,
          .available = field(text, "MemAvailable:") * 1024};
}

}  // namespace brood
