#include "control/balancer_dump.hpp"

#include <array>
#include <cstdio>

namespace brood {
namespace {

LogEvent balancer_event(std::string_view name) {
  return {.level = Level::info, .mark = Mark::dump, .name = name};
}

std::string decimal(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", number);
  return text.data();
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  std::array<char, 32> text{};
  const double share =
      whole == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(whole);
  std::snprintf(text.data(), text.size(), "%.1f%%", share);
  return text.data();
}

LogEvent head_of(const BalancerStatus& status) {
  LogEvent line = balancer_event("dump");
  line.with("servers", status.servers_wanted)
      .with("clients", status.clients)
      .with("accepted", status.accepted)
      .with("placed", status.placed)
      .with("queued", status.queued)
      .with("given", status.given)
      .with("strategy", status.strategy)
      .with_signed("uptime_ms", to_us(status.uptime) / 1000);
  return line;
}

LogEvent line_of(const ServerStatus& server, std::uint64_t given_in_all) {
  LogEvent line = balancer_event("dump_server");
  line.with("server", server.name)
      .with("state", server.state)
      .with("reason", server.reason)
      .with_signed("since_ms", to_us(server.in_state) / 1000)
      .with("available", server.is_available ? "yes" : "no")
      .with("weight", std::uint64_t{server.weight})
      .with("backup", server.is_backup ? "yes" : "no")
      .with("slow_start", decimal(server.slow_start))
      .with("in_flight", std::uint64_t{server.in_flight})
      .with("given", server.given)
      .with("share", percent(server.given, given_in_all))
      .with_signed("latency_us", to_us(server.latency))
      .with("entries", server.entries)
      .with("errors", server.errors);
  if (server.load)
    line.with("busy", std::uint64_t{server.load->busy})
        .with("idle", std::uint64_t{server.load->idle})
        .with("max", server.load->max == 0 ? "none" : std::to_string(server.load->max))
        .with("queue", std::uint64_t{server.load->queue});
  if (server.last_probe)
    line.with("last_probe", server.last_probe->result)
        .with_signed("last_probe_age_ms", to_us(server.last_probe->age) / 1000)
        .with_signed("last_probe_us", to_us(server.last_probe->took));
  return line;
}

LogEvent line_of(const DecisionStatus& decision, const std::string& strategy) {
  std::string candidates;
  for (const DecisionStatus::Candidate& candidate : decision.candidates)
    candidates.append(candidates.empty() ? "" : " ")
        .append(candidate.server)
        .append("=")
        .append(decimal(candidate.score));
  LogEvent line = balancer_event("dump_decision");
  line.with_signed("age_us", to_us(decision.age))
      .with("server", decision.server)
      .with("rule", strategy)
      .with("reason", decision.reason)
      .with("candidates", candidates);
  if (decision.draw != 0) line.with("draw", decision.draw);
  if (!decision.retry_reason.empty())
    line.with("tried", std::uint64_t{decision.tried}).with("retry_reason", decision.retry_reason);
  return line;
}

}  // namespace

std::vector<LogEvent> dump_of(const BalancerStatus& status) {
  std::vector<LogEvent> lines{head_of(status)};
  for (const ServerStatus& server : status.servers) lines.push_back(line_of(server, status.given));
  for (const DecisionStatus& decision : status.decisions)
    lines.push_back(line_of(decision, status.strategy));
  LogEvent end = balancer_event("dump_end");
  lines.push_back(end.with("decisions", std::uint64_t{status.decisions.size()})
                      .with("to_stop", "kill -TERM " + std::to_string(status.pid) +
                                           ", or Ctrl-Z and then kill %1"));
  return lines;
}

}  // namespace brood
