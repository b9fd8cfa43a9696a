#include "cli/serve_settings.hpp"

#include <algorithm>

#include "base/stall_budget.hpp"

namespace brood {
namespace {

/// Of a model without a pool: one worker, replaced when it has ended.
PoolLimits pool_limits(const ServeOptions& options) {
  if (!options.model->is_pool)
    return {.start_workers = 1,
            .min_spare = 1,
            .max_spare = 1,
            .max_workers = 1,
            .connections_per_worker = capacity(options)};
  return {.start_workers = options.start_workers,
          .min_spare = options.min_spare,
          .max_spare = options.max_spare,
          .max_workers = options.max_workers,
          .policy = options.policy,
          .connections_per_worker = capacity(options)};
}

WatchdogLimits watchdog_limits(const ServeOptions& options) {
  return {.request_timeout = options.request_timeout,
          .client_timeout =
              std::max({options.keep_alive_timeout, options.header_timeout, options.body_timeout,
                        StallBudget::longest(options.write_timeout)})};
}

}  // namespace

std::uint32_t capacity(const ServeOptions& options) {
  if (options.model->has_option("connections-per-worker")) return options.connections_per_worker;
  return std::min(options.max_workers, connections_open_max);
}

SupervisorSettings supervisor_settings(const ServeOptions& options) {
  SupervisorSettings settings;
  settings.limits = pool_limits(options);
  if (!options.model->is_pool)
    settings.sole_worker = {.model = options.model->name,
                            .unit = options.model->unit,
                            .threads = options.model->has_option("threads") ? options.threads : 0};
  settings.max_requests = options.max_requests;
  settings.max_requests_jitter = options.max_requests_jitter;
  settings.graceful_timeout = options.graceful_timeout;
  settings.max_generations = options.max_generations;
  settings.verbose = options.verbose == ServeOptions::Verbose::on;
  settings.watchdog = watchdog_limits(options);
  settings.seed = static_cast<std::uint64_t>(steady_now().ns);
  return settings;
}

WorkerSettings worker_settings(const ServeOptions& options) {
  WorkerSettings settings;
  settings.http = {.max_header_bytes = options.max_header_bytes,
                   .max_headers = options.max_headers,
                   .max_body_bytes = options.max_body_bytes};
  settings.keep_alive_timeout = options.keep_alive_timeout;
  settings.keep_alive_drain = options.keep_alive_drain;
  settings.header_timeout = options.header_timeout;
  settings.body_timeout = options.body_timeout;
  settings.write_timeout = options.write_timeout;
  settings.min_rate = options.min_rate;
  settings.health_path = options.health_path;
  if (!options.trusted_proxies.empty())
    settings.trusted_proxies = *parse_address_set(options.trusted_proxies);
  if (!options.trusted_forwarders.empty())
    settings.trusted_forwarders = *parse_address_set(options.trusted_forwarders);
  settings.epoll_exclusive = options.epoll_exclusive;
  settings.connections_per_worker = capacity(options);
  settings.threads = options.model->has_option("threads") ? options.threads : unlimited;
  settings.watchdog = watchdog_limits(options);
  settings.access_log = options.access_log;
  settings.access_format = std::get<AccessFormat>(AccessFormat::parse(options.access_log_format));
  return settings;
}

/// Who speaks HTTP speaks first: the kernel keeps silent clients, as long as a head may take.
ListenSettings listen_settings(const ServeOptions& options) {
  return {.backlog = static_cast<int>(options.backlog),
          .deferral = options.header_timeout,
          .unix_mode = options.unix_mode};
}

void settle_verbose(ServeOptions& options, bool is_for_person) noexcept {
  using Verbose = ServeOptions::Verbose;
  if (options.verbose == Verbose::automatic)
    options.verbose = is_for_person ? Verbose::on : Verbose::off;
}

}  // namespace brood
