#include "balance/balancer/balance_control.hpp"

#include <memory>
#include <string>

#include "control/balancer_dump.hpp"
#include "control/status_json.hpp"

namespace brood {
namespace {

/// An answer that comes later: whoever makes it calls `give`.
struct Later {
  std::shared_ptr<std::optional<ControlAnswer>> answer =
      std::make_shared<std::optional<ControlAnswer>>();

  auto give() const {
    return [answer = answer](const ControlAnswer& given) { *answer = given; };
  }
  ControlWatch watch() const {
    return [answer = answer] { return *answer; };
  }
};

}  // namespace

ControlOutcome BalanceControl::operator()(const ControlCommand& command) const {
  const Later later;
  switch (command.verb) {
    case ControlVerb::status:
      balancer_->ask_status([give = later.give()](const BalancerStatus& status) {
        give({.status = 200, .body = json_of(status)});
      });
      return later.watch();
    case ControlVerb::dump:
      balancer_->dump();
      balancer_->ask_status([give = later.give()](const BalancerStatus& status) {
        give({.status = 200, .body = json_of(dump_of(status))});
      });
      return later.watch();
    case ControlVerb::health: {
      const ServiceNews::Now news = balancer_->news();
      using Phase = ServiceNews::Phase;
      const bool serves = news.phase == Phase::ready || news.phase == Phase::reloading;
      return ControlAnswer{.status = serves ? 200 : 503, .body = health_json_of(news)};
    }
    case ControlVerb::reload: balancer_->begin_reload(later.give()); return later.watch();
    case ControlVerb::log_level: balancer_->set_log_level(command.level); return control_done();
    case ControlVerb::reopen: {
      const Result<void> reopened = balancer_->reopen_logs();
      return reopened ? control_done() : control_refusal(500, reopened.error().text());
    }
    case ControlVerb::stop:
      command.is_now ? balancer_->finish("control") : balancer_->begin_stop("control");
      return control_done("the balancer is stopping", 202);
    case ControlVerb::scale:
    case ControlVerb::recycle: break;
  }
  return control_refusal(501,
                         "brood balance does not know " + std::string(to_string(command.verb)));
}

}  // namespace brood
