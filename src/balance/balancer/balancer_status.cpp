// How it is: of what the control thread knows, and of what each forwarding thread says of itself.
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "balance/balancer/balancer.hpp"
#include "control/balancer_dump.hpp"

namespace brood {
namespace {

constexpr std::size_t decisions_shown = 16;

/// Of what the threads know of it; what each keeps for itself is the last one's.
ThreadReport::Server sum_of(ServerId server, std::span<const ThreadReport> threads) {
  ThreadReport::Server sum;
  for (const ThreadReport& thread : threads) {
    if (server.slot >= thread.servers.size() || thread.servers[server.slot].id != server) continue;
    const std::uint64_t given = sum.given;
    const std::uint32_t in_flight = sum.view.in_flight;
    sum = thread.servers[server.slot];
    sum.given += given;
    sum.view.in_flight += in_flight;
  }
  return sum;
}

}  // namespace

/// Each thread is asked for its part; the last one to answer completes it. Who asks meanwhile gets
/// the same answer.
void Balancer::ask_status(OnStatus on_status) {
  on_status_.push_back(std::move(on_status));
  if (on_status_.size() > 1) return;
  reports_.clear();
  tell_all([this](Forwarder& forwarder) {
    boost::asio::post(context_, [this, report = report_of(forwarder)] {
      reports_.push_back(report);
      if (reports_.size() < threads_.size()) return;
      const BalancerStatus whole = status();
      for (const OnStatus& tell : std::exchange(on_status_, {})) tell(whole);
    });
  });
}

void Balancer::dump() {
  ask_status([this](const BalancerStatus& status) {
    for (const LogEvent& line : dump_of(status)) log_.write(line);
    keep_log_moving();
  });
}

BalancerStatus Balancer::status() const {
  const TimePoint now = steady_now();
  BalancerStatus status{.pid = ::getpid(),
                        .is_stopping = stage_ != Stage::serving,
                        .uptime = now - started_,
                        .strategy = std::string(to_string(settings_.forward.routing.strategy)),
                        .clients = counters_.open.load(),
                        .accepted = counters_.accepted.load(),
                        .servers_wanted = servers_.wanted_count()};
  std::vector<RoutingDecision> decisions;
  for (const ThreadReport& thread : reports_) {
    status.queued += thread.queued;
    status.placed += thread.placed;
    status.given += thread.given;
    decisions.insert(decisions.end(), thread.decisions.begin(), thread.decisions.end());
  }
  for (const ServerId server : servers_.ids()) status.servers.push_back(status_of(server, now));
  std::ranges::sort(decisions, {}, &RoutingDecision::at);
  const std::size_t first = decisions.size() - std::min(decisions.size(), decisions_shown);
  for (std::size_t at = first; at < decisions.size(); ++at)
    status.decisions.push_back(status_of(decisions[at], now));
  return status;
}

ServerStatus Balancer::status_of(ServerId server, TimePoint now) const {
  const Known& known = *known_.find(server);
  const ServerSettings& settings = servers_.find(server)->settings;
  const bool is_removed = !servers_.is_wanted(server);
  const ThreadReport::Server sum = sum_of(server, reports_);
  const ReportedLoad& load = sum.view.reported;
  ServerStatus status{
      .name = name_of(server),
      .state = is_removed ? "removed" : std::string(to_string(health_.state(server))),
      .reason = is_removed ? "not in the configuration any more" : known.why,
      .in_state = now - known.changed_at,
      .is_available = sum.view.is_available,
      .weight = settings.weight,
      .is_backup = settings.is_backup,
      .slow_start = sum.slow_start,
      .in_flight = sum.view.in_flight,
      .given = sum.given,
      .latency = sum.view.latency,
      .entries = load.entries,
      .errors = load.errors,
      .load = {},
      .last_probe = {}};
  if (load.is_detailed)
    status.load = {.busy = load.busy, .idle = load.idle, .max = load.max, .queue = load.queue};
  if (known.probed_at != TimePoint{})
    status.last_probe = {.result = std::string(to_string(known.last_probe.result)),
                         .age = now - known.probed_at,
                         .took = known.last_probe.took};
  return status;
}

DecisionStatus Balancer::status_of(const RoutingDecision& decision, TimePoint now) const {
  const Choice& choice = decision.choice;
  DecisionStatus status{.age = now - decision.at,
                        .server = name_of(choice.server),
                        .reason = std::string(choice.reason),
                        .candidates = {},
                        .draw = choice.draw,
                        .tried = decision.tried,
                        .retry_reason = std::string(decision.retry_reason)};
  for (std::uint32_t at = 0; at < choice.candidate_count; ++at)
    status.candidates.push_back(
        {name_of(choice.candidates[at].server), choice.candidates[at].score});
  return status;
}

}  // namespace brood
