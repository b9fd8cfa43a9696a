#pragma once

#include <cstdint>
#include <vector>

#include "balance/routing/per_server.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

struct ProbeRules {
  Duration interval{std::chrono::seconds{3}};  ///< X: from one probe of a server to its next.
  std::uint32_t requests = 0;                  ///< R: after so many requests too; 0: never.
  double jitter = 0.1;              ///< Each interval is up to this share shorter. 0 to 0.5.
  double transition_factor = 0.25;  ///< Of the interval, while a verdict is pending.
  double budget = 100;              ///< Probes a second, of all servers together, never more. > 0.
};

/// When which server is probed: first at once, then X after its last probe or R requests after it,
/// whichever comes first; each probe starts both anew. With jitter the second probes are spread
/// over the whole interval, so that servers (and balancers) do not fall into step; without it all
/// servers are probed together.
/// Told the time, asks for nothing.
class ProbePlan {
 public:
  /// \param server_count The servers to begin with: 0 to server_count - 1.
  ProbePlan(const ProbeRules& rules, std::uint32_t server_count, std::uint64_t seed);

  /// So many requests were accepted. \return whether due() may have somebody now: R is reached.
  bool accepted(std::uint64_t count) noexcept;
  /// How many have to be accepted in all until accepted() says so.
  std::uint64_t next_count() const noexcept { return rules_.requests > 0 ? next_count_ : no_count; }
  /// All are due at once: nobody can be reached.
  void hurry(TimePoint now) noexcept;
  /// Who is to be probed now, within the budget, the longest overdue first; each counts as being
  /// probed until done().
  std::vector<ServerId> due(TimePoint now);
  void done(ServerId server, bool is_in_transition);
  /// When to call due() next, if accepted() does not say so before; `never`: after a done().
  TimePoint next() const noexcept;
  /// It is due at once.
  void add(ServerId server, TimePoint now) { servers_.add(server, {.due_at = now}); }
  /// It is not probed any more.
  void remove(ServerId server) { servers_.remove(server); }

 private:
  static constexpr std::uint64_t no_count = ~std::uint64_t{0};

  struct Server {
    bool is_being_probed = false;
    bool is_spread = false;       ///< Its offset to the others has been drawn.
    TimePoint started_at{};       ///< Its last probe.
    TimePoint due_at{};           ///< Its next one by time.
    std::uint64_t due_count = 0;  ///< And by requests accepted.
  };

  bool is_due(const Server& server, TimePoint now) const noexcept;
  void start(Server& server, TimePoint now) noexcept;
  Duration draw_interval(Server& server) noexcept;
  TimePoint budget_at() const noexcept;

  ProbeRules rules_;
  PerServer<Server> servers_;
  std::uint64_t accepted_ = 0;
  std::uint64_t next_count_ = 0;  ///< The least due_count.
  /// When the last probes were started, a ring: within `budget_window_` never more than it holds.
  std::vector<TimePoint> starts_;
  std::size_t oldest_start_ = 0;
  Duration budget_window_;
  SplitMix random_;
};

}  // namespace brood
