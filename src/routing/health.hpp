#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "routing/server.hpp"

namespace brood {

/// How a probe ended.
enum class ProbeResult : std::uint8_t {
  passed,
  passed_late,  ///< A sound answer after the deadline: saturated, not dead.
  refused,      ///< Nobody listens, no route, reset before a byte came.
  timed_out,
  bad_status,
  bad_length,
  bad_body,
};
/// "passed", "refused", "timed out", "bad status" ...
std::string_view to_string(ProbeResult result) noexcept;

/// What traffic shows of a server.
enum class TrafficSign : std::uint8_t { answered, connect_failed, reset, timed_out, status_5xx };

enum class HealthState : std::uint8_t {
  unknown,  ///< Not probed yet.
  up,
  down,     ///< By probes.
  ejected,  ///< By traffic, for a while.
};
std::string_view to_string(HealthState state) noexcept;

struct HealthRules {
  std::uint32_t rise = 2;  ///< Passed probes in a row that bring a server up; the first of all: 1.
  std::uint32_t fall = 3;  ///< Failed ones that take it down.
  std::uint32_t eject_after = 5;  ///< Failures of traffic in a row that eject it; 0: never.
  double eject_share = 0.5;       ///< At most this share of all servers is ejected at a time.
  Duration eject_time{std::chrono::seconds{10}};  ///< Times the number of ejections in a row.
  Duration eject_time_max{std::chrono::minutes{5}};
};

/// A change of one server's health, for the log.
struct HealthChange {
  ServerId server = no_server;
  HealthState from = HealthState::unknown;
  HealthState to = HealthState::unknown;
  std::string_view why;  ///< Static: "3 probes failed in a row" is told by `count` and the result.
  std::uint32_t count = 0;
  ProbeResult last = ProbeResult::passed;
};

/// The health of all servers: verdicts from probes and traffic. Told the time, asks for nothing.
class Health {
 public:
  Health(const HealthRules& rules, std::uint32_t server_count);

  std::optional<HealthChange> probed(ServerId server, ProbeResult result, TimePoint now);
  std::optional<HealthChange> seen(ServerId server, TrafficSign sign, TimePoint now);
  /// What time alone changes: ejections that are over.
  std::vector<HealthChange> elapsed(TimePoint now);
  /// When to call elapsed() next; `never`: no need.
  TimePoint next() const noexcept;

  HealthState state(ServerId server) const noexcept;
  /// Whether its next probe decides something soon: it is probed faster.
  bool is_in_transition(ServerId server) const noexcept;
  ServerId add();
};

}  // namespace brood
