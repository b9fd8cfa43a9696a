#pragma once

#include <span>
#include <string>

#include "control/balancer_status.hpp"
#include "control/pool_status.hpp"
#include "control/service_news.hpp"
#include "report/event.hpp"

namespace brood {

/// The answer to /v1/status of `brood serve`; docs/control.md has its members.
std::string json_of(const PoolStatus& status);

/// The same of `brood balance`: its members are those of the lines of its dump.
std::string json_of(const BalancerStatus& status);

/// The answer to /v1/health: short, and good to be asked often.
std::string health_json_of(const PoolStatus& status);
/// Of `brood balance`.
std::string health_json_of(const ServiceNews::Now& news);

/// The lines of a dump: {"lines":[{"event":"dump","workers":3},...]}.
std::string json_of(std::span<const LogEvent> lines);

}  // namespace brood
