#include "lab/sim/simulated_server.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace brood {
namespace {

/// Of an answer that needs no work: an error, a health document.
constexpr double trifle_ns = 500'000;

bool later(const SimulatedServer::Job& a, const SimulatedServer::Job& b) noexcept {
  return a.goal > b.goal;
}

}  // namespace

SimulatedServer::SimulatedServer(const ServerModel& model)
    : model_(model), workers_(model.pool ? model.pool->start_workers : model.workers) {}

double SimulatedServer::rate() const noexcept {
  const double cores = condition_.cores > 0 ? condition_.cores : model_.cores;
  const double shared = cores > 0 && busy() > 0 ? cores / busy() : 1;
  return condition_.speed * std::min(shared, 1.0);
}

void SimulatedServer::advance(TimePoint now) noexcept {
  progress_ += static_cast<double>((now - advanced_).count()) * rate();
  advanced_ = now;
}

void SimulatedServer::take(std::uint32_t id, double work, TimePoint now, bool on_kept) {
  advance(now);
  double work_ns = work * static_cast<double>(model_.service.count());
  if (condition_.fixed > Duration{0}) work_ns = static_cast<double>(condition_.fixed.count());
  const bool is_error = condition_.manner == Manner::failing;
  const Job job{
      .id = id, .began = now, .goal = is_error ? trifle_ns : work_ns, .is_error = is_error};
  if (on_kept) {
    --held_;
    waiting_.push_front(job);
  } else {
    waiting_.push_back(job);
  }
  serve_waiting();
}

void SimulatedServer::take_probe(std::uint32_t id, TimePoint now) {
  advance(now);
  waiting_.push_back({.id = id, .began = now, .goal = trifle_ns, .is_probe = true});
  serve_waiting();
}

void SimulatedServer::serve_waiting() {
  if (condition_.manner == Manner::silent) return;
  while (!waiting_.empty() && busy() + held_ < workers_) {
    in_service_.push_back(waiting_.front());
    waiting_.pop_front();
    in_service_.back().goal += progress_;
    in_service_.back().began = advanced_;
    std::ranges::push_heap(in_service_, later);
  }
}

void SimulatedServer::drop(std::uint32_t id, TimePoint now) {
  advance(now);
  const auto is_it = [&](const Job& job) { return job.id == id && !job.is_probe; };
  std::erase_if(waiting_, is_it);
  if (!model_.cancels || std::erase_if(in_service_, is_it) == 0) return;
  std::ranges::make_heap(in_service_, later);
  serve_waiting();
}

TimePoint SimulatedServer::next_done() const noexcept {
  if (in_service_.empty() || condition_.manner == Manner::silent) return never;
  const double missing = std::max(in_service_.front().goal - progress_, 0.0) / rate();
  return advanced_ + Duration{static_cast<std::int64_t>(std::ceil(missing))};
}

SimulatedServer::Job SimulatedServer::done(TimePoint now) {
  advance(now);
  std::ranges::pop_heap(in_service_, later);
  const Job job = in_service_.back();
  in_service_.pop_back();
  if (!job.is_probe) {
    entries_ += 1;
    errors_ += job.is_error ? 1 : 0;
    recent_[recent_count_++ % recent_.size()] = now - job.began;
  }
  held_ += 1;
  return job;
}

void SimulatedServer::let_go(TimePoint now) {
  advance(now);
  held_ -= 1;
  serve_waiting();
}

std::vector<SimulatedServer::Job> SimulatedServer::change(const Condition& condition,
                                                          TimePoint now) {
  advance(now);
  const Manner before = std::exchange(condition_, condition).manner;
  if (before == condition.manner) return {};
  const bool loses_all = before == Manner::silent || condition.manner == Manner::dead;
  if (before == Manner::dead) restart();
  if (!loses_all) return {};
  std::vector<Job> lost = std::exchange(in_service_, {});
  lost.insert(lost.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  held_ = 0;
  return lost;
}

void SimulatedServer::restart() {
  epoch_ += 1;
  entries_ = errors_ = 0;
  recent_count_ = 0;
  memory_ = {};
  starting_ = 0;
  workers_ = model_.pool ? model_.pool->start_workers : model_.workers;
}

std::uint32_t SimulatedServer::tick(Moment moment, TimePoint now) {
  if (!model_.pool || condition_.manner == Manner::dead) return 0;
  advance(now);
  const PoolView view{.idle = idle(),
                      .starting = starting_,
                      .total = workers_ + starting_,
                      .waiting = static_cast<std::uint32_t>(waiting_.size())};
  const Decision decision = regulate(view, *model_.pool, memory_, moment);
  memory_ = decision.memory;
  starting_ += decision.spawn;
  workers_ -= decision.drain;
  return decision.spawn;
}

void SimulatedServer::ready(TimePoint now) {
  if (starting_ == 0) return;  // It was made before the server's restart.
  advance(now);
  starting_ -= 1;
  workers_ += 1;
  serve_waiting();
}

ReportedLoad SimulatedServer::report() const {
  ReportedLoad load{.entries = entries_, .errors = errors_};
  if (!model_.reports_load) return load;
  const std::uint32_t busy_count = busy();
  load.is_detailed = true;
  load.epoch = epoch_;
  load.busy = busy_count + held_;
  load.idle = idle();
  load.max = model_.pool ? model_.pool->max_workers : model_.workers;
  load.queue = static_cast<std::uint32_t>(waiting_.size());
  load.in_flight = busy_count;
  load.latency = median_latency();
  return load;
}

Duration SimulatedServer::median_latency() const {
  auto sorted = recent_;
  const auto size = std::min<std::size_t>(recent_count_, sorted.size());
  if (size == 0) return Duration{0};
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(size / 2);
  std::nth_element(sorted.begin(), middle, sorted.begin() + static_cast<std::ptrdiff_t>(size));
  return *middle;
}

Duration SimulatedServer::expected() const noexcept {
  if (condition_.fixed > Duration{0}) return condition_.fixed;
  return Duration{
      static_cast<std::int64_t>(static_cast<double>(model_.service.count()) / condition_.speed)};
}

}  // namespace brood
