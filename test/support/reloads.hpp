#pragma once
// What the tests of reloads share.

#include <algorithm>
#include <csignal>
#include <fstream>
#include <string>
#include <vector>

#include "support/faults.hpp"
#include "support/server.hpp"
#include "unit/os/temporary_folder.hpp"

namespace brood::test {

inline const std::string three = "start-workers = 3\nmin-spare = 3\nmax-spare = 3\n";

/// A folder for a config file and what else a server needs.
struct Configured {
  TemporaryFolder folder;

  std::string path() const { return folder / "brood.conf"; }
  void write(const std::string& text) const {
    const bool says_where = text.find("listen = ") != std::string::npos;
    std::ofstream(path()) << text << (says_where ? "" : "listen = 127.0.0.1:0\n");
  }
  Launch launch(const std::string& text) const {
    write(text);
    return {.binary = BROOD_FAULTY_BINARY, .options = {"--config", path()}};
  }
};

/// The end of a reload, good or bad.
inline bool is_verdict(const LogLine& line) {
  return is_event(line, "reload") && text_of(line, "outcome") != "put off";
}

inline LogLine reload(const Server& server) {
  const std::size_t mark = server.mark();
  server.signal(SIGHUP);
  return server.wait_for([](const LogLine& line) { return is_verdict(line); }, mark);
}

inline std::int64_t generation_of(const Server& server, pid_t pid) {
  for (const LogLine& line : server.log("worker_started"))
    if (number_of(line, "pid") == pid) return number_of(line, "generation");
  return 0;
}

inline void wait_for_busy(const Server& server, int count = 1) {
  server.wait_for([count](const LogLine& line) {
    return is_event(line, "picture") && number_of(line, "busy") == count;
  });
}

/// Until no worker of another generation is there.
inline bool all_are_of(const Server& server, std::int64_t generation) {
  return eventually([&] {
    const std::vector<pid_t> workers = server.workers();
    return !workers.empty() && std::ranges::all_of(workers, [&](pid_t pid) {
      return generation_of(server, pid) == generation;
    });
  });
}

}  // namespace brood::test
