#include "lab/sim/balance_simulation.hpp"

#include <algorithm>
#include <numeric>

#include "lab/sim/trace.hpp"

// The run, and the servers' and probes' side of it; requests are in balance_requests.cpp.

namespace brood {
namespace {

constexpr Duration worker_start_delay = std::chrono::milliseconds{2};
constexpr Duration regulator_look = std::chrono::milliseconds{10};
/// From a balancer to a server and back, for what needs no worker.
constexpr Duration round_trip = std::chrono::microseconds{200};
/// A probe is awaited for so many time-outs: a late answer comes from a busy server.
constexpr int late_probe_factor = 3;

}  // namespace

BalanceSimulation::BalanceSimulation(const BalanceModel& model, std::uint64_t seed)
    : model_(model),
      arrivals_random_(stream_seed(seed, Stream::arrivals)),
      work_random_(stream_seed(seed, Stream::services)),
      done_stamps_(model.servers.size()),
      done_at_(model.servers.size(), never),
      all_servers_(model.servers.size()),
      board_random_(stream_seed(seed, Stream::balancers)) {
  std::iota(all_servers_.begin(), all_servers_.end(), 0U);
  result_.attempts.resize(model.servers.size());
  for (const ServerModel& server : model.servers) servers_.emplace_back(server);
  SplitMix seeds{stream_seed(seed, Stream::balancers)};
  for (std::uint32_t i = 0; i < model.balancer_count; ++i)
    balancers_.emplace_back(model, seeds.next(), [this, i](TimePoint at) { arm_review(i, at); });
}

BalanceResult BalanceSimulation::run() {
  start();
  const TimePoint end = TimePoint{} + model_.duration;
  while (!events_.empty() && (events_.next().at < end || open_requests_ > 0)) {
    const BalanceEvent event = events_.pop();
    now_ = event.at;
    handle(event);
  }
  std::ranges::sort(result_.latencies);
  for (const SimulatedBalancer& balancer : balancers_) result_.taken_out += balancer.taken_out;
  for (const SimulatedServer& server : servers_) result_.workers += server.workers();
  result_.probes_per_second =
      static_cast<double>(probes_.size()) * 1e9 / static_cast<double>(now_.ns);
  return std::move(result_);
}

/// Nobody is served before the first verdicts are in: they are in.
void BalanceSimulation::start() {
  for (std::uint32_t b = 0; b < model_.balancer_count; ++b) {
    for (std::uint32_t server = 0; server < servers_.size(); ++server) {
      balancers_[b].probed(server, ProbeResult::passed, servers_[server].report(), Duration{0},
                           now_);
      balancers_[b].router.set_available(server, true, now_);
    }
    balancers_[b].dispatcher.open(now_);
    if (has_balancers()) arm(b);
  }
  if (model_.knowledge == Knowledge::board) write_board();
  for (std::uint32_t server = 0; server < servers_.size(); ++server) {
    const ServerModel& model = model_.servers[server];
    for (std::uint32_t i = 0; i < model.conditions.size(); ++i)
      events_.push({model.conditions[i].from, BalanceEventKind::condition, server, i});
    if (!model.pool) continue;
    push(regulate_interval, BalanceEventKind::tick, server);
    if (model.pool->policy == Policy::demand) push(regulator_look, BalanceEventKind::look, server);
  }
  schedule_arrival();
}

void BalanceSimulation::handle(const BalanceEvent& event) {
  switch (event.kind) {
    case BalanceEventKind::arrival: return on_arrival();
    case BalanceEventKind::probe_answered: return end_probe(event.subject, ProbeResult::passed);
    case BalanceEventKind::probe_expired:
      return end_probe(event.subject, unanswered(probes_[event.subject]));
    case BalanceEventKind::probes_due: return send_probes(event.subject);
    case BalanceEventKind::health_due:
      balancers_[event.subject].health_at = never;
      balancers_[event.subject].elapsed(now_);
      return arm(event.subject);
    case BalanceEventKind::review_due:
      balancers_[event.subject].review_at = never;
      return balancers_[event.subject].dispatcher.review(now_);
    case BalanceEventKind::board_due: return write_board();
    case BalanceEventKind::refused:
    case BalanceEventKind::server_timeout:
    case BalanceEventKind::queue_timeout:
    case BalanceEventKind::client_timeout: return handle_request(event);
    default: return handle_server(event);
  }
}

void BalanceSimulation::handle_server(const BalanceEvent& event) {
  const std::uint32_t server = event.subject;
  switch (event.kind) {
    case BalanceEventKind::done:
      if (event.stamp == done_stamps_[server]) on_job_done(server);
      return;
    case BalanceEventKind::kept_over: close_kept(server, event.stamp); break;
    case BalanceEventKind::ready: servers_[server].ready(now_); break;
    case BalanceEventKind::condition: change_condition(server, event.stamp); break;
    case BalanceEventKind::tick: tick(server, Moment::tick); break;
    case BalanceEventKind::look: tick(server, Moment::look); break;
    default: break;
  }
  reschedule(server);
  if (model_.knowledge == Knowledge::central) serve_centrally();
}

void BalanceSimulation::tick(std::uint32_t server, Moment moment) {
  const bool is_tick = moment == Moment::tick;
  const bool is_due = is_tick || servers_[server].idle() == 0;
  const std::uint32_t made = is_due ? servers_[server].tick(moment, now_) : 0;
  for (std::uint32_t i = 0; i < made; ++i)
    push(worker_start_delay, BalanceEventKind::ready, server);
  push(is_tick ? regulate_interval : regulator_look,
       is_tick ? BalanceEventKind::tick : BalanceEventKind::look, server);
}

void BalanceSimulation::change_condition(std::uint32_t server, std::uint32_t index) {
  const auto lost = servers_[server].change(model_.servers[server].conditions[index], now_);
  if (servers_[server].held() == 0)
    for (SimulatedBalancer& balancer : balancers_) balancer.forget_kept(server);
  for (const SimulatedServer::Job& job : lost) {
    if (job.is_probe) {
      end_probe(job.id, ProbeResult::refused);
    } else if (Request* const request = open_request(requests_of_jobs_[job.id]);
               request != nullptr && request->job == job.id) {
      on_failure(*request, TrafficSign::reset, RetryPhase::awaiting);
    }
  }
}

/// Sees to it that the server's next job is done when it is.
void BalanceSimulation::reschedule(std::uint32_t server) {
  const TimePoint at = servers_[server].next_done();
  if (at == done_at_[server]) return;
  done_at_[server] = at;
  done_stamps_[server] += 1;
  if (at != never) events_.push({at, BalanceEventKind::done, server, done_stamps_[server]});
}

void BalanceSimulation::on_job_done(std::uint32_t server) {
  done_at_[server] = never;
  const SimulatedServer::Job job = servers_[server].done(now_);
  if (job.is_probe) {
    let_go(server, 1);
    return end_probe(job.id, ProbeResult::passed);
  }
  Request* const request = open_request(requests_of_jobs_[job.id]);
  if (request != nullptr && request->job == job.id) {
    on_answer(*request, job.is_error);
  } else {
    let_go(server, 1);
  }
  if (model_.knowledge == Knowledge::central) serve_centrally();
}

void BalanceSimulation::send_probes(std::uint32_t balancer) {
  balancers_[balancer].probes_at = never;
  for (const ServerId server : balancers_[balancer].plan.due(now_))
    send_probe(balancer, server.slot);
  arm(balancer);
}

void BalanceSimulation::send_probe(std::uint32_t balancer, std::uint32_t server) {
  const auto id = static_cast<std::uint32_t>(probes_.size());
  probes_.push_back({.balancer = balancer, .server = server, .began = now_});
  SimulatedServer& asked = servers_[server];
  const Manner manner = asked.condition().manner;
  if (manner == Manner::dead) return push(round_trip, BalanceEventKind::probe_expired, id);
  push(model_.balancer.probe_timeout * late_probe_factor, BalanceEventKind::probe_expired, id);
  if (manner == Manner::silent) return;
  if (model_.servers[server].has_reporter)
    return push(round_trip, BalanceEventKind::probe_answered, id);
  asked.take_probe(id, now_);
  reschedule(server);
}

/// What a probe that nobody has answered stands for, as the balancer has it.
ProbeResult BalanceSimulation::unanswered(const Probe& probe) const {
  if (is_dead(probe.server)) return ProbeResult::refused;
  const ServerView& view = balancers_[probe.balancer].router.view(probe.server);
  const std::uint32_t max = model_.balancer.server_max;
  const std::uint32_t places = max > 0 ? max : view.reported.max;
  return places > 0 && view.in_flight >= places ? ProbeResult::busy : ProbeResult::timed_out;
}

void BalanceSimulation::end_probe(std::uint32_t probe, ProbeResult result) {
  Probe& ended = probes_[probe];
  if (!ended.is_open) return;
  ended.is_open = false;
  const bool is_late = now_ - ended.began > model_.balancer.probe_timeout;
  if (result == ProbeResult::passed && is_late) result = ProbeResult::passed_late;
  balancers_[ended.balancer].probed(ended.server, result, servers_[ended.server].report(),
                                    round_trip / 2, now_);
  arm(ended.balancer);
}

void BalanceSimulation::write_board() {
  board_.resize(servers_.size());
  for (std::uint32_t server = 0; server < servers_.size(); ++server)
    board_[server].in_flight = servers_[server].in_hand();
  push(model_.board_interval, BalanceEventKind::board_due, 0);
}

/// Sees to it that the balancer's rules are asked again when they want to be.
void BalanceSimulation::arm(std::uint32_t balancer) {
  SimulatedBalancer& asked = balancers_[balancer];
  arm_one(asked.plan.next(), asked.probes_at, BalanceEventKind::probes_due, balancer);
  arm_one(asked.health.next(), asked.health_at, BalanceEventKind::health_due, balancer);
}

void BalanceSimulation::arm_review(std::uint32_t balancer, TimePoint at) {
  arm_one(at, balancers_[balancer].review_at, BalanceEventKind::review_due, balancer);
}

void BalanceSimulation::arm_one(TimePoint wanted, TimePoint& armed, BalanceEventKind kind,
                                std::uint32_t balancer) {
  if (wanted >= armed) return;
  armed = std::max(wanted, now_);
  events_.push({.at = armed, .kind = kind, .subject = balancer});
}

}  // namespace brood
