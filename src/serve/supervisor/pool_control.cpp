#include "serve/supervisor/pool_control.hpp"

#include "control/status_json.hpp"

namespace brood {

ControlOutcome PoolControl::operator()(const ControlCommand& command) const {
  switch (command.verb) {
    case ControlVerb::status: return ControlAnswer{.body = json_of(supervisor_->look())};
    case ControlVerb::health: return health();
    case ControlVerb::dump: return ControlAnswer{.body = json_of(supervisor_->dump())};
    case ControlVerb::log_level: supervisor_->set_log_level(command.level); return control_done();
    case ControlVerb::reopen: return reopen();
    case ControlVerb::stop: return stop(command.is_now);
    case ControlVerb::scale: return scale(command.min, command.max);
    case ControlVerb::reload: return reload();
    case ControlVerb::recycle: break;
  }
  return control_refusal(501, "brood serve does not know " + std::string(to_string(command.verb)));
}

ControlAnswer PoolControl::health() const {
  const PoolStatus status = supervisor_->look();
  const bool serves = !status.is_stopping && status.states.idle + status.states.busy > 0;
  return {.status = serves ? 200 : 503, .body = health_json_of(status)};
}

/// When it has happened there is nobody left to say so: whoever wants to know waits for the
/// process.
ControlAnswer PoolControl::stop(bool is_now) const {
  if (is_now)
    supervisor_->kill_all("control");
  else if (!supervisor_->status().is_stopping)
    supervisor_->stop("control");
  return control_done("the server is stopping", 202);
}

ControlAnswer PoolControl::reopen() const {
  const Result<void> reopened = supervisor_->reopen_log();
  return reopened ? control_done() : control_refusal(500, reopened.error().text());
}

/// One that is under way goes first.
ControlOutcome PoolControl::reload() const {
  const PoolStatus before = supervisor_->status();
  if (before.is_stopping) return control_refusal(409, "the server is stopping");
  supervisor_->reload();
  return [supervisor = supervisor_,
          number = before.reload.asked + 1]() -> std::optional<ControlAnswer> {
    const PoolStatus now = supervisor->status();
    if (now.is_stopping) return control_refusal(409, "the server is stopping");
    if (now.reload.asked < number || now.reload.is_under_way) return std::nullopt;
    if (now.reload.has_failed) return control_refusal(422, now.reload.outcome);
    return control_done("generation " + std::to_string(now.generation) + " serves");
  };
}

ControlOutcome PoolControl::scale(std::uint32_t min, std::uint32_t max) const {
  const PoolStatus status = supervisor_->status();
  if (status.is_stopping) return control_refusal(409, "the server is stopping");
  if (status.sole_worker)
    return control_refusal(409, "model " + std::string(status.sole_worker->model) +
                                    " has one worker: there is nothing to scale");
  if (min > max || max > status.max_workers)
    return control_refusal(400, "min <= max <= max-workers, which is " +
                                    std::to_string(status.max_workers) + ", does not hold");
  supervisor_->scale(min, max);
  return [supervisor = supervisor_, min]() -> std::optional<ControlAnswer> {
    const PoolStatus now = supervisor->look();
    if (now.is_stopping) return control_refusal(409, "the server is stopping");
    const std::uint32_t staying = now.states.total() - now.states.exiting;
    if (now.states.idle < min && staying < now.max_workers) return std::nullopt;
    return control_done(now.states.idle < min ? "max-workers are there, and busy" : "");
  };
}

}  // namespace brood
