#include <algorithm>
#include <cmath>
#include <numbers>

#include "lab/sim/balance_simulation.hpp"

// The requests' half of the run: how they come, are placed, answered, tried again and given up.

namespace brood {

void BalanceSimulation::Request::on_permit(const Choice& choice, TimePoint) {
  simulation->place(*this, choice.server.slot);
}

void BalanceSimulation::Request::on_turned_away(std::string_view) {
  simulation->finish(*this, false);
}

/// By the rate of the present step. A gap that reaches into the next step is drawn again from
/// there, for a Poisson process has no memory.
void BalanceSimulation::schedule_arrival() {
  double from = static_cast<double>(now_.ns);
  for (;; ++load_step_) {
    const bool is_last = load_step_ + 1 == model_.load.size();
    const auto until = static_cast<double>(is_last ? model_.duration.count()
                                                   : model_.load[load_step_ + 1].from.ns);
    const double rate = model_.load[load_step_].rate;
    const double at = rate > 0 ? from + arrivals_random_.exponential(1e9 / rate) : until;
    if (at < until) return events_.push({.at = {static_cast<std::int64_t>(at)}});
    if (is_last) return;
    from = until;
  }
}

double BalanceSimulation::draw_work() {
  const double first = work_random_.unit();
  const double second = work_random_.unit();
  switch (model_.work.shape) {
    case WorkModel::Shape::constant: return 1;
    case WorkModel::Shape::exponential: return -std::log1p(-first);
    case WorkModel::Shape::normal: {  // Box and Muller, 1958.
      const double normal =
          std::sqrt(-2 * std::log1p(-first)) * std::cos(2 * std::numbers::pi * second);
      return std::max(0.0, 1 + model_.work.deviation * normal);
    }
  }
  return 1;
}

BalanceSimulation::Request* BalanceSimulation::open_request(std::uint32_t id) {
  if (id < first_request_) return nullptr;
  Request& request = requests_[id - first_request_];
  return request.phase == Phase::over ? nullptr : &request;
}

void BalanceSimulation::on_arrival() {
  schedule_arrival();
  while (!requests_.empty() && requests_.front().phase == Phase::over) {
    requests_.pop_front();
    ++first_request_;
  }
  const auto id = first_request_ + static_cast<std::uint32_t>(requests_.size());
  Request& request = requests_.emplace_back();
  request.simulation = this;
  request.id = id;
  request.came = now_;
  request.work = draw_work();
  request.key.hash = work_random_.next();
  request.balancer = arrivals_random_.below(model_.balancer_count);
  ++open_requests_;
  if (model_.client_timeout > Duration{0})
    push(model_.client_timeout, BalanceEventKind::client_timeout, id);
  if (model_.knowledge == Knowledge::central) {
    central_queue_.push_back(id);
    return serve_centrally();
  }
  if (model_.knowledge == Knowledge::board) return place_by_board(request);
  SimulatedBalancer& balancer = balancers_[request.balancer];
  balancer.budget.requested(now_);
  if (balancer.plan.accepted(1)) arm(request.balancer);
  balancer.dispatcher.acquire(request, request.key, request.tried, now_);
  if (request.phase == Phase::queued && model_.balancer.queue_timeout > Duration{0})
    push(model_.balancer.queue_timeout, BalanceEventKind::queue_timeout, id);
}

void BalanceSimulation::place(Request& request, std::uint32_t server) {
  request.phase = Phase::placed;
  request.server = server;
  request.permitted_at = now_;
  request.attempts += 1;
  request.job = static_cast<std::uint32_t>(requests_of_jobs_.size());
  requests_of_jobs_.push_back(request.id);
  if (is_counted(request)) {
    result_.attempts[server] += 1;
    result_.retried += request.attempts > 1 ? 1 : 0;
  }
  if (is_dead(server)) return push(Duration{0}, BalanceEventKind::refused, request.id, request.job);
  if (model_.balancer.server_timeout > Duration{0})
    push(model_.balancer.server_timeout, BalanceEventKind::server_timeout, request.id, request.job);
  const bool on_kept = has_balancers() && balancers_[request.balancer].take_kept(server);
  servers_[server].take(request.job, request.work, now_, on_kept);
  reschedule(server);
}

void BalanceSimulation::handle_request(const BalanceEvent& event) {
  Request* const request = open_request(event.subject);
  if (request == nullptr) return;
  const bool is_present = request->phase == Phase::placed && request->job == event.stamp;
  switch (event.kind) {
    case BalanceEventKind::refused:
      if (is_present) on_failure(*request, TrafficSign::connect_failed, RetryPhase::connecting);
      return;
    case BalanceEventKind::server_timeout:
      if (!is_present) return;
      servers_[request->server].drop(request->job, now_);
      reschedule(request->server);
      return on_failure(*request, TrafficSign::timed_out, RetryPhase::timed_out);
    case BalanceEventKind::queue_timeout: return on_queue_timeout(*request);
    case BalanceEventKind::client_timeout: return on_client_timeout(*request);
    default: return;
  }
}

void BalanceSimulation::give_back(Request& request, Outcome outcome) {
  if (!has_balancers()) return;
  balancers_[request.balancer].dispatcher.give_back(request.server, outcome,
                                                    now_ - request.permitted_at, now_);
}

void BalanceSimulation::on_answer(Request& request, bool is_error) {
  SimulatedBalancer& balancer = balancers_[request.balancer];
  finish(request, !is_error);
  if (!has_balancers()) return let_go(request.server, 1);
  if (balancer.keeps(request.server)) {
    keep(request.server, request.balancer);
  } else {
    let_go(request.server, 1);
  }
  const TrafficSign sign = is_error ? TrafficSign::status_5xx : TrafficSign::answered;
  if (balancer.seen(request.server, sign, now_)) arm(request.balancer);
  balancer.router.answering(request.server, now_ - request.permitted_at, now_);
  give_back(request, is_error ? Outcome::failed : Outcome::answered);
  let_go(request.server, balancer.trim_kept(request.server));
}

/// The connection of an answered request is idle.
void BalanceSimulation::keep(std::uint32_t server, std::uint32_t balancer) {
  SimulatedBalancer& asked = balancers_[balancer];
  const bool is_first = asked.kept_until(server) == never;
  asked.keep(server, now_);
  if (is_first)
    events_.push({asked.kept_until(server), BalanceEventKind::kept_over, server, balancer});
}

void BalanceSimulation::close_kept(std::uint32_t server, std::uint32_t balancer) {
  SimulatedBalancer& asked = balancers_[balancer];
  let_go(server, asked.expire_kept(server, now_));
  if (const TimePoint until = asked.kept_until(server); until != never)
    events_.push({until, BalanceEventKind::kept_over, server, balancer});
}

void BalanceSimulation::let_go(std::uint32_t server, std::uint32_t count) {
  for (; count > 0; --count) servers_[server].let_go(now_);
  reschedule(server);
}

/// No answer will come of this attempt. All requests are idempotent and without a body.
void BalanceSimulation::on_failure(Request& request, TrafficSign sign, RetryPhase phase) {
  if (!has_balancers()) return finish(request, false);
  SimulatedBalancer& balancer = balancers_[request.balancer];
  balancer.seen(request.server, sign, now_);
  request.tried.push_back(request.server);
  const bool may_retry =
      request.attempts < model_.balancer.tries && balancer.budget.may_retry(now_);
  if (phase != RetryPhase::connecting) ++request.sent_count;
  const RetryDecision decision =
      decide_retry({.phase = phase,
                    .is_idempotent = true,
                    .has_budget = may_retry,
                    .has_other_server = balancer.router.has_other(request.tried),
                    .sent_count = request.sent_count});
  if (decision.verdict == RetryVerdict::answer) {
    finish(request, false);
    give_back(request, Outcome::failed);
  } else {
    request.phase = Phase::queued;
    balancer.dispatcher.move_on(request, request.server, now_ - request.permitted_at, request.key,
                                request.tried, decision.reason, now_);
  }
  arm(request.balancer);
}

void BalanceSimulation::on_queue_timeout(Request& request) {
  if (request.phase != Phase::queued) return;
  balancers_[request.balancer].dispatcher.withdraw(request);
  finish(request, false);
}

void BalanceSimulation::on_client_timeout(Request& request) {
  const bool is_placed = request.phase == Phase::placed;
  if (!is_placed && has_balancers()) balancers_[request.balancer].dispatcher.withdraw(request);
  if (is_placed) servers_[request.server].drop(request.job, now_);
  finish(request, false);
  if (!is_placed) return;
  reschedule(request.server);
  give_back(request, Outcome::unanswered);
}

void BalanceSimulation::finish(Request& request, bool is_answered) {
  request.phase = Phase::over;
  --open_requests_;
  if (!is_counted(request)) return;
  ++result_.requests;
  if (is_answered)
    result_.latencies.push_back(now_ - request.came);
  else
    ++result_.failed;
}

void BalanceSimulation::place_by_board(Request& request) {
  const Choice choice = choose_server(model_.balancer.routing, board_, all_servers_, request.key,
                                      now_, board_random_);
  place(request, choice.server.slot);
}

void BalanceSimulation::serve_centrally() {
  while (!central_queue_.empty()) {
    Request* const request = open_request(central_queue_.front());
    const std::uint32_t best = request == nullptr ? no_server.slot : quickest_idle();
    if (request != nullptr && (best == no_server.slot || is_worth_waiting(best))) return;
    central_queue_.pop_front();
    if (request != nullptr) place(*request, best);
  }
}

std::uint32_t BalanceSimulation::quickest_idle() const {
  std::uint32_t best = no_server.slot;
  for (std::uint32_t server = 0; server < servers_.size(); ++server) {
    if (servers_[server].condition().manner != Manner::serving || servers_[server].idle() == 0)
      continue;
    if (best == no_server.slot || servers_[server].expected() < servers_[best].expected())
      best = server;
  }
  return best;
}

/// Whether the last in the queue is served sooner by those who are quicker than the idle one (Lin
/// and Kumar, 1984: a slow server is used from a threshold of the queue on).
bool BalanceSimulation::is_worth_waiting(std::uint32_t idle) const {
  const auto here = static_cast<double>(servers_[idle].expected().count());
  double workers = 0;
  double rate = 0;  // At which quicker workers become free, per nanosecond.
  for (const SimulatedServer& server : servers_) {
    const auto expected = static_cast<double>(server.expected().count());
    if (server.condition().manner != Manner::serving || expected >= here) continue;
    workers += server.busy();
    rate += server.busy() / expected;
  }
  const double there = (static_cast<double>(central_queue_.size()) + workers) / rate;
  return rate > 0 && model_.central_patience * there < here;
}

}  // namespace brood
