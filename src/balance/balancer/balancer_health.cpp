// From probes and traffic to what the forwarding threads are told.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <memory>

#include "balance/balancer/balancer.hpp"

namespace brood {
namespace {

using boost::system::error_code;

std::chrono::steady_clock::time_point to_steady(TimePoint at) noexcept {
  return std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(Duration{at.ns}));
}

/// "3 probes failed in a row: refused"
std::string sentence_of(const HealthChange& change) {
  std::string text = change.count > 0 ? std::to_string(change.count) + ' ' : "";
  text += change.why;
  if (change.last_probe != ProbeResult::passed)
    text.append(": ").append(to_string(change.last_probe));
  else if (change.last_sign != TrafficSign::answered)
    text.append(": ").append(to_string(change.last_sign));
  return text;
}

}  // namespace

bool Balancer::is_up(ServerId server) const noexcept {
  return health_.state(server) == HealthState::up;
}

std::string Balancer::name_of(ServerId server) const {
  return std::string(servers_.name_of(server));
}

void Balancer::on_accepted() {
  counters_.is_waking = false;
  probe_due();
}

/// Probes whoever is due, by time or by the count of clients.
void Balancer::probe_due() {
  if (stage_ != Stage::serving) return;
  const std::uint64_t accepted = counters_.accepted;
  plan_.accepted(accepted - told_accepted_);
  told_accepted_ = accepted;
  const TimePoint now = steady_now();
  settle();
  for (const ServerId server : plan_.due(now)) probe(server);
  counters_.wake_at = plan_.next_count();
  await_due();
}

void Balancer::probe(ServerId server) {
  const BalancedServer* const probed = servers_.find(server);
  prober_.probe(server, {.address = to_address(probed->health.value_or(probed->endpoint)),
                         .host = probed->host,
                         .is_own_place = !probed->health});
}

bool Balancer::is_probing() const noexcept {
  return settings_.probe.format != ProbeSettings::Format::off;
}

void Balancer::await_due() {
  const TimePoint next = std::min(plan_.next(), health_.next());
  if (next == never) {
    due_timer_.cancel();
    return;
  }
  due_timer_.expires_at(to_steady(next));
  due_timer_.async_wait([this](const error_code& error) {
    if (!error) probe_due();
  });
}

void Balancer::on_probed(ServerId server, const ProbeReport& report) {
  if (report.is_unanswered && !settings_.forward.is_course) return ask_what_is_held(server, report);
  end_probe(server, report);
}

/// A server that listens and leaves a probe unanswered is not dead while all its places hold
/// requests of ours: then the probe waits behind them.
void Balancer::ask_what_is_held(ServerId server, const ProbeReport& report) {
  const auto held = std::make_shared<Held>();
  tell_all([this, server, report, held](Forwarder& forwarder) {
    boost::asio::post(
        context_, [this, server, report, held, count = forwarder.router().view(server).in_flight] {
          held->count += count;
          if (++held->threads < threads_.size() || stage_ != Stage::serving) return;
          if (!servers_.is_wanted(server)) return;
          const std::uint32_t max = servers_.find(server)->settings.max;
          const std::uint32_t places = max > 0 ? max : known_.find(server)->reported_max;
          ProbeReport judged = report;
          if (places > 0 && held->count >= places) {
            judged.result = ProbeResult::busy;
            judged.detail = "no answer while it works at as many of our requests as it can";
          }
          end_probe(server, judged);
        });
  });
}

void Balancer::end_probe(ServerId server, const ProbeReport& report) {
  const TimePoint now = steady_now();
  Known& known = *known_.find(server);
  known.last_probe = report;
  known.probed_at = now;
  LogEvent probed = event(report.is_void ? Level::warn : Level::debug, Mark::plain, "probe");
  probed.with("server", name_of(server))
      .with("result", report.is_void ? "not made" : std::string(to_string(report.result)));
  if (!report.detail.empty()) probed.with("detail", report.detail);
  log_.write(probed.with_signed("took_us", to_us(report.took)));
  if (!report.is_void) {
    tell_report(server, report);
    if (health_.state(server) == HealthState::unknown) advise(server, report);
    const auto change = health_.probed(server, report.result, !servers_.find(server)->health);
    if (change) take(*change, report.detail);
  }
  plan_.done(server, health_.is_in_transition(server));
  open_if_ready();
  probe_due();
  keep_log_moving();
}

/// Whoever meets a server for the first time is told which option it wants.
void Balancer::advise(ServerId server, const ProbeReport& report) {
  const std::string advice = advice_for(report, settings_.probe);
  if (advice.empty()) return;
  log_.write(event(Level::warn, Mark::plain, "probe_unfit")
                 .with("server", name_of(server))
                 .with("reason", std::string(to_string(report.result)) +
                                     (report.detail.empty() ? "" : " (" + report.detail + ')'))
                 .with("remedy", advice));
}

void Balancer::tell_report(ServerId server, const ProbeReport& report) {
  if (!report.has_load) return;
  health_.set_draining(server, report.load.is_draining);
  known_.find(server)->reported_max = report.load.max;
  ReportedLoad load = report.load;
  // The course's balancer knows of two numbers only.
  if (settings_.forward.is_course)
    load = {.entries = report.load.entries, .errors = report.load.errors};
  const bool is_late = report.result == ProbeResult::passed_late;
  tell_all([server, load, is_late, age = report.took / 2](Forwarder& forwarder) {
    const TimePoint now = forwarder.loop().now();
    if (is_late)
      forwarder.router().reported_late(server, load, age, now);
    else
      forwarder.router().reported(server, load, age, now);
    forwarder.dispatcher().review(now);
  });
}

void Balancer::on_sign(ServerId server, TrafficSign sign) {
  if (!servers_.is_wanted(server)) return;
  std::optional<HealthChange> change;
  if (sign != TrafficSign::answered) known_.find(server)->shared->ask_for_answer();
  if (!settings_.forward.is_course)
    change = health_.seen(server, sign, steady_now());
  else if (sign == TrafficSign::connect_failed)  // As good as a probe.
    change = health_.probed(server, ProbeResult::refused);
  if (!change) return;
  take(*change, settings_.forward.is_course ? "by a client's connection" : "");
  settle();
  await_due();
  keep_log_moving();
}

void Balancer::on_found_nobody() {
  plan_.hurry(steady_now());
  probe_due();
}

/// What follows from time, or from another server's change.
void Balancer::settle() {
  for (const HealthChange& change : health_.elapsed(steady_now())) take(change, {});
}

void Balancer::take(const HealthChange& change, const std::string& detail) {
  Known& known = *known_.find(change.server);
  known.why = sentence_of(change);
  if (!detail.empty()) known.why += " (" + detail + ')';
  known.changed_at = steady_now();
  log_change(change);
  tell_availability(change.server);
}

void Balancer::log_change(const HealthChange& change) {
  const Standing now = standing();
  const bool is_good = change.to == HealthState::up;
  log_.write(event(is_good ? Level::info : Level::warn, Mark::act, "health")
                 .with("server", name_of(change.server))
                 .with("from", std::string(to_string(change.from)))
                 .with("to", std::string(to_string(change.to)))
                 .with("reason", known_.find(change.server)->why)
                 .with("up", now.up)
                 .with("servers", now.servers));
}

/// Of those that are wanted: who was removed is in nobody's count.
Balancer::Standing Balancer::standing() const noexcept {
  Standing standing{.servers = servers_.wanted_count()};
  for (const auto& [server, known] : known_.all()) {
    if (!servers_.is_wanted(server)) continue;
    standing.up += is_up(server);
    standing.unknown += health_.state(server) == HealthState::unknown;
  }
  return standing;
}

ServiceNews::Now Balancer::news() const {
  using Phase = ServiceNews::Phase;
  const Standing now = standing();
  return {.phase = stage_ != Stage::serving ? Phase::stopping
                   : is_reloading_          ? Phase::reloading
                   : is_open_               ? Phase::ready
                                            : Phase::starting,
          .reloads = reloads_,
          .status = std::to_string(now.up) + " of " + std::to_string(now.servers) +
                    " servers up, " + std::to_string(counters_.open.load()) + " clients"};
}

void Balancer::tell_availability(ServerId server) {
  tell_all([server, is_up = is_up(server)](Forwarder& forwarder) {
    forwarder.set_available(server, is_up);
  });
}

/// Clients are served from the first verdicts on: all of them, or one that is good when the first
/// probes have had their time. The course's balancer waits for all.
void Balancer::open_if_ready() {
  if (is_open_) return;
  const Standing now = standing();
  const bool is_enough = may_open_early_ && now.up > 0 && !settings_.forward.is_course;
  if (now.unknown > 0 && !is_enough) return;
  is_open_ = true;
  open_timer_.cancel();
  tell_all([](Forwarder& forwarder) { forwarder.dispatcher().open(forwarder.loop().now()); });
  log_.write(event(now.up > 0 ? Level::info : Level::warn, Mark::plain, "serving")
                 .with("up", now.up)
                 .with("servers", now.servers));
}

}  // namespace brood
