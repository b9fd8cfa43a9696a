// What SIGINT shows: the servers, and the last decisions with what they were made of.
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>

#include "balance/balancer/balancer.hpp"

namespace brood {
namespace {

constexpr std::size_t decisions_shown = 16;

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

}  // namespace

/// Each thread is asked for its part; the last one to answer completes the dump.
void Balancer::dump() {
  dump_.clear();
  ++dump_number_;
  tell_all([this, number = dump_number_](Forwarder& forwarder) {
    boost::asio::post(context_, [this, number, report = report_of(forwarder)] {
      if (number != dump_number_) return;
      dump_.push_back(report);
      if (dump_.size() == threads_.size()) write_dump();
    });
  });
}

void Balancer::write_dump() {
  const TimePoint now = steady_now();
  std::uint64_t queued = 0;
  std::uint64_t placed = 0;
  std::uint64_t given = 0;
  std::vector<RoutingDecision> decisions;
  for (const ThreadReport& thread : dump_) {
    queued += thread.queued;
    placed += thread.placed;
    given += thread.given;
    decisions.insert(decisions.end(), thread.decisions.begin(), thread.decisions.end());
  }
  log_.write(event(Level::info, Mark::dump, "dump")
                 .with("servers", std::uint64_t{servers_.wanted_count()})
                 .with("clients", counters_.open.load())
                 .with("accepted", counters_.accepted.load())
                 .with("placed", placed)
                 .with("queued", queued)
                 .with("given", given)
                 .with("strategy", std::string(to_string(settings_.forward.routing.strategy)))
                 .with_signed("uptime_ms", to_us(now - started_) / 1000));
  for (const ServerId server : servers_.ids()) dump_server(server, given, now);
  std::ranges::sort(decisions, {}, &RoutingDecision::at);
  const std::size_t first = decisions.size() - std::min(decisions.size(), decisions_shown);
  for (std::size_t at = first; at < decisions.size(); ++at) dump_decision(decisions[at], now);
  log_.write(event(Level::info, Mark::dump, "dump_end")
                 .with("decisions", std::uint64_t{decisions.size() - first})
                 .with("to_stop", "kill -TERM " + std::to_string(::getpid()) +
                                      ", or Ctrl-Z and then kill %1"));
  keep_log_moving();
}

/// Of what the threads know of it; what each keeps for itself is the last one's.
ThreadReport::Server Balancer::sum_of(ServerId server) const {
  ThreadReport::Server sum;
  for (const ThreadReport& thread : dump_) {
    if (server.slot >= thread.servers.size() || thread.servers[server.slot].id != server) continue;
    const std::uint64_t given = sum.given;
    const std::uint32_t in_flight = sum.view.in_flight;
    sum = thread.servers[server.slot];
    sum.given += given;
    sum.view.in_flight += in_flight;
  }
  return sum;
}

void Balancer::dump_server(ServerId server, std::uint64_t given_in_all, TimePoint now) {
  const Known& known = *known_.find(server);
  const ServerSettings& settings = servers_.find(server)->settings;
  const bool is_removed = !servers_.is_wanted(server);
  const ThreadReport::Server sum = sum_of(server);
  LogEvent line = event(Level::info, Mark::dump, "dump_server");
  line.with("server", name_of(server))
      .with("state", is_removed ? "removed" : std::string(to_string(health_.state(server))))
      .with("reason", is_removed ? "not in the configuration any more" : known.why)
      .with_signed("since_ms", to_us(now - known.changed_at) / 1000)
      .with("available", sum.view.is_available ? "yes" : "no")
      .with("weight", std::uint64_t{settings.weight})
      .with("backup", settings.is_backup ? "yes" : "no")
      .with("slow_start", decimal(sum.slow_start))
      .with("in_flight", std::uint64_t{sum.view.in_flight})
      .with("given", sum.given)
      .with("share", percent(sum.given, given_in_all))
      .with_signed("latency_us", to_us(sum.view.latency));
  const ReportedLoad& load = sum.view.reported;
  line.with("entries", load.entries).with("errors", load.errors);
  if (load.is_detailed)
    line.with("busy", std::uint64_t{load.busy})
        .with("idle", std::uint64_t{load.idle})
        .with("max", load.max == 0 ? "none" : std::to_string(load.max))
        .with("queue", std::uint64_t{load.queue});
  if (known.probed_at != TimePoint{})
    line.with("last_probe", std::string(to_string(known.last_probe.result)))
        .with_signed("last_probe_age_ms", to_us(now - known.probed_at) / 1000)
        .with_signed("last_probe_us", to_us(known.last_probe.took));
  log_.write(std::move(line));
}

void Balancer::dump_decision(const RoutingDecision& decision, TimePoint now) {
  const Choice& choice = decision.choice;
  std::string candidates;
  for (std::uint32_t at = 0; at < choice.candidate_count; ++at)
    candidates.append(at == 0 ? "" : " ")
        .append(name_of(choice.candidates[at].server))
        .append("=")
        .append(decimal(choice.candidates[at].score));
  LogEvent line = event(Level::info, Mark::dump, "dump_decision");
  line.with_signed("age_us", to_us(now - decision.at))
      .with("server", name_of(choice.server))
      .with("rule", std::string(to_string(settings_.forward.routing.strategy)))
      .with("reason", std::string(choice.reason))
      .with("candidates", candidates);
  if (choice.draw != 0) line.with("draw", choice.draw);
  if (!decision.retry_reason.empty())
    line.with("tried", std::uint64_t{decision.tried})
        .with("retry_reason", std::string(decision.retry_reason));
  log_.write(std::move(line));
}

}  // namespace brood
