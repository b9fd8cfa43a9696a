#pragma once
// What the tests of faults share: they harm processes and then look at what the log and /proc say.

#include <sys/resource.h>
#include <filesystem>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/client.hpp"
#include "support/server.hpp"

namespace brood::test {

/// Options of a pool that keeps `size` workers, with more of them added.
inline std::vector<std::string> pool_of(int size, const std::vector<std::string>& more = {}) {
  const std::string text = std::to_string(size);
  std::vector<std::string> options{"--start-workers", text, "--min-spare", text,
                                   "--max-spare",     text};
  options.insert(options.end(), more.begin(), more.end());
  if (std::find(more.begin(), more.end(), "--think-time") == more.end())
    options.insert(options.end(), {"--think-time", "0"});
  return options;
}

/// Programs started from now on die of a fault's signal as everybody does, also with a sanitizer in
/// them, which would catch it and exit.
inline void let_faults_kill() {
  [[maybe_unused]] static const bool once = [] {
    const char* const known = std::getenv("ASAN_OPTIONS");
    const std::string options =
        "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0";
    return ::setenv("ASAN_OPTIONS", (known == nullptr ? options : known + (":" + options)).c_str(),
                    1) == 0;
  }();
}

/// The same with the handler that breaks its worker on request (support/faulty_main.cpp). A fault
/// leaves no core file behind.
inline Launch faulty(int size, const std::vector<std::string>& more = {}) {
  let_faults_kill();
  std::vector<std::string> options = pool_of(size, {"--handler", "fault"});
  options.insert(options.end(), more.begin(), more.end());
  return {.binary = BROOD_FAULTY_BINARY, .options = options, .limits = {{RLIMIT_CORE, 0}}};
}

/// Stops a process and waits until it stands still.
inline bool suspend(pid_t pid) {
  ::kill(pid, SIGSTOP);
  return eventually([pid] { return state_of(pid) == 'T'; });
}

/// The line of /proc/PID/`file` that begins with `name`, without the name; empty if there is none.
inline std::string proc_field(pid_t pid, const std::string& file, const std::string& name) {
  std::ifstream lines("/proc/" + std::to_string(pid) + "/" + file);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name)) return line.substr(name.size());
  return "";
}

/// "VmRSS:" and its like, of /proc/PID/status, in KiB.
inline std::int64_t memory_kib(pid_t pid, const std::string& name) {
  return std::atoll(proc_field(pid, "status", name).c_str());
}

/// Processor time of a server and its workers.
inline std::chrono::milliseconds cpu_time_of_all(const Server& server) {
  std::chrono::milliseconds sum = cpu_time(server.pid());
  for (const pid_t worker : server.workers()) sum += cpu_time(worker);
  return sum;
}

/// Whether nobody of a server spins: for a while it serves little and uses hardly any processor.
inline bool is_calm(const Server& server, std::chrono::milliseconds window) {
  const std::chrono::milliseconds before = cpu_time_of_all(server);
  std::this_thread::sleep_for(window);
  return cpu_time_of_all(server) - before < window / 5;
}

/// Sets the soft limit of another process; its hard limit stays. \return false if that is not to
/// be.
inline bool set_limit(pid_t pid, int resource, rlim_t soft) {
  rlimit limit{};
  const auto which = static_cast<__rlimit_resource>(resource);
  if (::prlimit(pid, which, nullptr, &limit) != 0) return false;
  limit.rlim_cur = soft;
  return ::prlimit(pid, which, &limit, nullptr) == 0;
}

/// The pid of the worker in a slot, as the last birth there tells it.
inline pid_t pid_in_slot(const Server& server, std::int64_t slot) {
  pid_t pid = 0;
  for (const LogLine& birth : server.log("worker_started"))
    if (number_of(birth, "slot") == slot) pid = static_cast<pid_t>(number_of(birth, "pid"));
  return pid;
}

/// The pid in a slot once it is another than `old`; 0 when that does not come.
inline pid_t next_in_slot(const Server& server, std::int64_t slot, pid_t old) {
  pid_t pid = 0;
  const bool came = eventually([&] {
    pid = pid_in_slot(server, slot);
    return pid != old;
  });
  return came ? pid : 0;
}

/// The death record of a worker, waited for.
inline LogLine end_of(const Server& server, pid_t pid) {
  return server.wait_for([pid](const LogLine& line) {
    return is_event(line, "worker_ended") && number_of(line, "pid") == pid;
  });
}

/// The pool as the last line that shows it has it: of "idle", "busy", "starting", "total" ...
inline std::int64_t last_seen(const Server& server, const char* state) {
  const std::vector<LogLine> lines = server.log();
  const auto last = std::find_if(lines.rbegin(), lines.rend(),
                                 [](const LogLine& line) { return line.contains("starting"); });
  return last == lines.rend() ? -1 : number_of(*last, state);
}

/// Waits until the log shows so many workers, and all of them idle.
inline bool is_full(const Server& server, std::int64_t size) {
  return eventually(
      [&] { return last_seen(server, "idle") == size && last_seen(server, "total") == size; });
}

/// Clients whose requests for `path` are in the hands of as many workers more than before.
inline std::vector<Client> occupy(const Server& server, int count, const std::string& path) {
  const std::int64_t wanted = last_seen(server, "busy") + count;
  std::vector<Client> clients;
  for (int made = 0; made < count; ++made) {
    clients.push_back(Client::tcp(server.port()));
    clients.back().send(get_request(path));
  }
  if (!eventually([&] { return last_seen(server, "busy") == wanted; }))
    throw std::runtime_error("not taken in hand; the log ends with\n" + server.log_tail());
  return clients;
}

/// When a line was logged, in seconds of its day; a test must not cross midnight by much.
inline double seconds_of(const LogLine& line) {
  const std::string ts = text_of(line, "ts");
  return std::stod(ts.substr(11, 2)) * 3600 + std::stod(ts.substr(14, 2)) * 60 +
         std::stod(ts.substr(17));
}

/// From one line to another one logged within a day after it.
inline double seconds_between(const LogLine& from, const LogLine& to) {
  const double passed = seconds_of(to) - seconds_of(from);
  return passed < 0 ? passed + 24 * 3600 : passed;
}

/// A folder of its own under /tmp, removed with all that is in it.
class TempFolder {
 public:
  TempFolder() {
    std::string name = "/tmp/brood-test-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace brood::test
