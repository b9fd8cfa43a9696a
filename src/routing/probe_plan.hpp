#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "routing/server.hpp"

namespace brood {

struct ProbeRules {
  Duration interval{std::chrono::seconds{3}};  ///< X: from one probe of a server to its next.
  std::uint32_t requests = 0;       ///< R: all are probed after so many requests too; 0: never.
  double jitter = 0.1;              ///< Each interval is up to this share shorter. 0 to 0.5.
  double transition_factor = 0.25;  ///< Of the interval, while a verdict is pending.
  double budget = 100;              ///< Probes a second, of all servers together, never more. > 0.
};

/// When which server is probed. Told the time, asks for nothing.
class ProbePlan {
 public:
  ProbePlan(const ProbeRules& rules, std::uint32_t server_count, std::uint64_t seed);

  /// So many requests were accepted. \return whether all are due now (R is reached).
  bool accepted(std::uint32_t count, TimePoint now);
  /// All are due at once: nobody can be reached.
  void hurry(TimePoint now);
  /// Who is to be probed now, within the budget; each counts as being probed until done().
  std::vector<ServerId> due(TimePoint now);
  void done(ServerId server, bool is_in_transition, TimePoint now);
  /// When to call due() next.
  TimePoint next() const noexcept;
  ServerId add(TimePoint now);
};

}  // namespace brood
