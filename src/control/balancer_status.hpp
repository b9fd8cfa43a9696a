#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace brood {

/// One server behind a balancer.
struct ServerStatus {
  std::string name;
  std::string state;   ///< "up", "down" ...; "removed": only what is in hand is finished.
  std::string reason;  ///< For the state, in words.
  Duration in_state{0};
  bool is_available = false;
  std::uint32_t weight = 1;
  bool is_backup = false;
  double slow_start = 1;  ///< Of its full share.
  std::uint32_t in_flight = 0;
  std::uint64_t given = 0;    ///< Requests, since the start.
  Duration latency{0};        ///< Usual.
  std::uint64_t entries = 0;  ///< By its own report, as the next.
  std::uint64_t errors = 0;
  struct Load {
    std::uint32_t busy = 0, idle = 0, max = 0, queue = 0;  ///< max 0: none.
  };
  std::optional<Load> load;  ///< Of its report, if that has it.
  struct Probe {
    std::string result;
    Duration age{0};
    Duration took{0};
  };
  std::optional<Probe> last_probe;
};

/// Why a request went where it went.
struct DecisionStatus {
  Duration age{0};
  std::string server;
  std::string reason;
  struct Candidate {
    std::string server;
    double score = 0;
  };
  std::vector<Candidate> candidates;
  std::uint64_t draw = 0;  ///< 0: nothing was drawn.
  std::uint32_t tried = 0;
  std::string retry_reason;  ///< Empty: it was the first try.
};

/// `brood balance` at one moment: of each forwarding thread, when it was asked.
struct BalancerStatus {
  int pid = 0;
  bool is_stopping = false;
  Duration uptime{0};
  std::string strategy;
  std::uint64_t clients = 0;   ///< Connected.
  std::uint64_t accepted = 0;  ///< Since the start.
  std::uint64_t placed = 0;    ///< Requests at servers.
  std::uint64_t queued = 0;    ///< Requests that wait for one.
  std::uint64_t given = 0;     ///< Since the start.
  std::uint64_t servers_wanted = 0;
  std::vector<ServerStatus> servers{};
  std::vector<DecisionStatus> decisions{};  ///< The last ones, the oldest first.
};

}  // namespace brood
