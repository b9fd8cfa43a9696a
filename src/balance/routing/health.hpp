#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "balance/routing/per_server.hpp"
#include "base/clock.hpp"

namespace brood {

/// How a probe ended.
enum class ProbeResult : std::uint8_t {
  passed,
  passed_late,  ///< A sound answer after the deadline: saturated, not dead.
  busy,         ///< Accepted and left waiting while all its places hold requests of ours: as well.
  refused,      ///< Nobody listens, no route, reset before a byte came.
  timed_out,
  bad_status,
  bad_length,
  bad_body,
};
/// "passed", "refused", "timed out", "bad status" ...
std::string_view to_string(ProbeResult result) noexcept;

/// Whether an answer's status tells of a fault of the server's: 501 and 505 are about the request,
/// and any server would say so.
constexpr bool is_server_failure(int status) noexcept {
  return status >= 500 && status != 501 && status != 505;
}

/// What traffic shows of a server.
enum class TrafficSign : std::uint8_t { answered, connect_failed, reset, timed_out, status_5xx };
/// "answered", "connect failed", "timed out", "status 5xx" ...
std::string_view to_string(TrafficSign sign) noexcept;

enum class HealthState : std::uint8_t {
  unknown,  ///< Not probed yet.
  up,
  down,     ///< By probes.
  ejected,  ///< By traffic, for a while.
};
std::string_view to_string(HealthState state) noexcept;

struct HealthRules {
  std::uint32_t rise = 2;  ///< Passed probes in a row that bring a server up; the first of all: 1.
  std::uint32_t fall = 3;  ///< Failed ones that take it down; the first of all: 1.
  std::uint32_t eject_after = 5;  ///< Failures of traffic in a row that eject it; 0: never.
  double eject_share = 0.5;       ///< At most this share of the servers is ejected at a time.
  Duration eject_time{std::chrono::seconds{10}};  ///< Doubled with each ejection in a row.
  Duration eject_time_max{std::chrono::minutes{5}};
};

/// A change of one server's health, for the log.
struct HealthChange {
  ServerId server = no_server;
  HealthState from = HealthState::unknown;
  HealthState to = HealthState::unknown;
  std::string_view why;     ///< Static: "probes passed in a row", of which there were `count`.
  std::uint32_t count = 0;  ///< 0 where there is nothing to count.
  ProbeResult last_probe = ProbeResult::passed;   ///< Where probes have decided.
  TrafficSign last_sign = TrafficSign::answered;  ///< Where traffic has.
};

/// The health of all servers: verdicts from probes and traffic. Told the time, asks for nothing.
///
///   unknown --first probe--> up | down        up <--rise / fall--> down
///   up --failures of traffic--> ejected --time is over--> up      ejected --fall--> down
///
/// A probe that passes does not end an ejection: a server whose health page is well while its
/// requests fail is what ejection is for. But where only connecting failed, `rise` probes that
/// passed refute it: they have connected. A late answer is no failure, and no proof of recovery
/// either: it clears failed probes, but brings nobody up who was down.
///
/// The last server that can be reached is never ejected: a bad one beats none. Who was ejected
/// while another one was well is called back when that one is lost.
class Health {
 public:
  /// \param server_count The servers to begin with: 0 to server_count - 1.
  explicit Health(const HealthRules& rules, std::uint32_t server_count = 0);

  /// \param has_connected It has reached the place where requests go, if it passed; a probe of some
  ///   other place, a reporter's, refutes no failed connect.
  std::optional<HealthChange> probed(ServerId server, ProbeResult result,
                                     bool has_connected = true);
  std::optional<HealthChange> seen(ServerId server, TrafficSign sign, TimePoint now);
  /// What time, or another one's fate, changes: ejections that are over. To be asked after each
  /// change too.
  std::vector<HealthChange> elapsed(TimePoint now);
  /// When to call elapsed() next; `never`: no need.
  TimePoint next() const noexcept;

  HealthState state(ServerId server) const noexcept;
  /// Whether its next probe may decide something: it is probed faster.
  bool is_in_transition(ServerId server) const noexcept;

  void add(ServerId server) { servers_.add(server); }
  /// It is in nobody's count any more, and what is told of it late changes nothing.
  void remove(ServerId server) { servers_.remove(server); }
  /// It says that it wants no requests, or no longer says so.
  void set_draining(ServerId server, bool is_draining) noexcept;
  /// Nobody probes it: it is well until traffic shows otherwise.
  std::optional<HealthChange> assume_up(ServerId server);

 private:
  struct Server {
    HealthState state = HealthState::unknown;
    bool is_draining = false;
    std::uint32_t passed = 0;     ///< Probes in a row.
    std::uint32_t failed = 0;     ///< Probes in a row.
    std::uint32_t troubles = 0;   ///< Failures of traffic in a row.
    TimePoint trouble_at{};       ///< The last of them.
    bool is_refutable = false;    ///< In all of them connecting failed.
    std::uint32_t refuting = 0;   ///< Probes that have passed since the last of them, in a row.
    std::uint32_t ejections = 0;  ///< In a row: without having proved itself between two.
    TimePoint ejected_until{};    ///< Also of the last ejection that is over.
  };

  static HealthChange change(ServerId id, Server& it, HealthState to, std::string_view why,
                             std::uint32_t count);
  std::optional<HealthChange> judge(ServerId id, Server& it, ProbeResult result,
                                    bool has_connected);
  std::optional<HealthChange> passed(ServerId id, Server& it, bool is_late);
  std::optional<HealthChange> refuted(ServerId id, Server& it);
  std::optional<HealthChange> failed(ServerId id, Server& it, ProbeResult result);
  void note_trouble(Server& server, TrafficSign sign, TimePoint now) const noexcept;
  bool has_available(ServerId but) const noexcept;
  bool may_eject(ServerId server) const noexcept;
  Duration eject_time(std::uint32_t ejections) const noexcept;

  HealthRules rules_;
  PerServer<Server> servers_;
};

}  // namespace brood
