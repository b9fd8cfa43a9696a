#include "cli/balance.hpp"

#include <unistd.h>

#include <algorithm>
#include <ostream>

#include "balance/balancer/balance_control.hpp"
#include "balance/balancer/balancer.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/introduction.hpp"
#include "balance/forwarding/tcp_client.hpp"
#include "cli/announcer.hpp"
#include "cli/balance_options.hpp"
#include "cli/complain.hpp"
#include "cli/config_file.hpp"
#include "cli/control.hpp"
#include "cli/exit_status.hpp"
#include "cli/launch.hpp"
#include "cli/server_text.hpp"
#include "os/descriptor_limit.hpp"
#include "os/inheritance.hpp"
#include "os/machine_limits.hpp"
#include "os/pid_file.hpp"

namespace brood {
namespace {

/// Connections that the kernel queues; it has its own bound (net.core.somaxconn).
constexpr int backlog = 4096;
/// Stdio, logs, epolls, timers, signals, probes.
constexpr std::uint64_t own_descriptors = 128;
/// Nobody needs more; to ask for more costs memory in the kernel.
constexpr std::uint64_t descriptors_most = 1 << 20;

bool is_course(const BalanceOptions& options) {
  return options.compat == BalanceOptions::Compat::cse130;
}

HttpSettings http_settings(const BalanceOptions& options) {
  HttpSettings settings;
  settings.limits.max_header_bytes = options.max_header_bytes;
  settings.limits.max_headers = options.max_headers;
  settings.header_timeout = options.header_timeout;
  settings.keep_alive_timeout = options.keep_alive_timeout;
  settings.body_held_max = options.max_body_buffer;
  settings.hash_of = options.hash_of;
  settings.hash_header = options.hash_header;
  settings.names_server = options.server_header;
  if (!options.trusted_proxies.empty())
    settings.trusted_proxies = *parse_address_set(options.trusted_proxies);
  if (!options.trusted_forwarders.empty())
    settings.trusted_forwarders = *parse_address_set(options.trusted_forwarders);
  return settings;
}

ForwardSettings forward_settings(const BalanceOptions& options) {
  ForwardSettings settings;
  settings.mode = options.mode;
  settings.is_course = is_course(options);
  settings.routing.strategy = options.strategy;
  settings.routing.slow_start = options.slow_start;
  settings.routing.try_all = options.try_all;
  settings.limits = {.parallel = options.parallel, .max_queue = options.max_queue};
  settings.queue_timeout = options.queue_timeout;
  settings.connect_timeout = options.connect_timeout;
  settings.server_timeout = options.server_timeout;
  settings.client_timeout = options.client_timeout;
  settings.retries_max = options.retries;
  settings.retry_share = options.retry_budget / 100.0;
  settings.send_proxy = options.send_proxy;
  settings.has_access_log = !options.access_log.empty();
  settings.http = http_settings(options);
  return settings;
}

BalancerSettings balancer_settings(const BalanceOptions& options,
                                   std::vector<BalancedServer> servers) {
  BalancerSettings settings;
  settings.forward = forward_settings(options);
  settings.threads = options.threads;
  settings.health = {.rise = options.health_rise,
                     .fall = options.health_fall,
                     .eject_after = options.eject_after,
                     .eject_share = options.eject_share / 100.0,
                     .eject_time = options.eject_time};
  settings.probes.interval = options.health_interval;
  settings.probes.requests = options.health_requests;
  settings.probes.budget = options.probe_budget;
  settings.probe.path = options.health_path;
  settings.probe.is_path_given = options.health_path != ProbeSettings{}.path;
  settings.probe.format = options.health_format;
  settings.probe.timeout = options.health_timeout;
  settings.probe.introduction = write_introduction(options.send_proxy, std::nullopt);
  if (settings.probe.format == ProbeSettings::Format::automatic &&
      options.mode == ForwardSettings::Mode::tcp)
    settings.probe.format = ProbeSettings::Format::connect;
  if (is_course(options)) {  // All servers are asked together, and in time or not at all.
    settings.probes.jitter = 0;
    settings.probe.waits_for_late = false;
  }
  settings.graceful_timeout = options.graceful_timeout;
  settings.servers = std::move(servers);
  settings.seed = static_cast<std::uint64_t>(steady_now().ns);
  return settings;
}

/// Where a server is probed, for the log.
std::string probed_at(const BalancedServer& server, ProbeSettings::Format format) {
  if (format == ProbeSettings::Format::off) return "not probed";
  return server.health ? to_string(*server.health) : server.settings.name;
}

void log_server(Log& log, const BalancedServer& server, ProbeSettings::Format format) {
  LogEvent line{.level = Level::info, .name = "server"};
  line.with("server", server.settings.name).with("weight", std::uint64_t{server.settings.weight});
  if (server.settings.max > 0) line.with("max", std::uint64_t{server.settings.max});
  line.with("health", probed_at(server, format));
  log.write(std::move(line.with("backup", server.settings.is_backup ? "yes" : "no")));
}

void log_start(Log& log, const BalanceOptions& options, const BalancerSettings& settings,
               const std::vector<Listener>& listeners) {
  LogEvent started{.level = Level::info, .mark = Mark::start, .name = "balancer_started"};
  started.with("version", BROOD_VERSION).with_signed("pid", ::getpid());
  log_options(log, std::move(started), describe(options));
  if (options.auto_threads) {
    const CpuLimit cpus = cpu_limit();
    log.write(LogEvent{.level = Level::info, .name = "sized"}
                  .with("threads", std::uint64_t{options.threads})
                  .with("cpus", std::uint64_t{cpus.cpus})
                  .with("cpus_by", cpus.by));
  }
  for (const BalancedServer& server : settings.servers)
    log_server(log, server, options.health_format);
  // So many probes a second are wanted; the budget may stretch the interval.
  const double interval = std::chrono::duration<double>(settings.probes.interval).count();
  const double wanted = static_cast<double>(settings.servers.size()) / interval;
  const double made = std::min(wanted, settings.probes.budget);
  log.write(LogEvent{.level = Level::info, .name = "probe_budget"}
                .with("servers", std::uint64_t{settings.servers.size()})
                .with("probes_a_second_max", std::to_string(options.probe_budget))
                .with_signed("interval_ms",
                             static_cast<std::int64_t>(
                                 1000 * static_cast<double>(settings.servers.size()) / made)));
  for (const Listener& listener : listeners) log_listening(log, listener);
}

/// Of the descriptors granted, those that clients may have: each that is served has a server too,
/// and each server a probe.
std::uint64_t clients_max(const BalanceOptions& options, std::uint64_t granted) {
  constexpr std::uint64_t stdio_logs_loops = 48;
  const std::uint64_t own =
      stdio_logs_loops + 2ULL * options.threads + options.servers.size() + options.listens.size();
  const std::uint64_t left = granted > own + 2 ? granted - own : 2;
  return left - std::min<std::uint64_t>(2ULL * options.parallel, left / 2);
}

/// A client and its server are two descriptors; who waits is one. \return how many are granted.
std::uint64_t raise_descriptors(Log& log, const BalanceOptions& options) {
  const std::uint64_t needed = 2ULL * options.parallel + options.max_queue + own_descriptors;
  const std::uint64_t granted = raise_descriptor_limit(std::max<std::uint64_t>(
      needed, std::min<std::uint64_t>(descriptor_limit().rlim_max, descriptors_most)));
  warn_of_descriptor_limit(log, needed, granted, "parallel and --max-queue");
  return granted;
}

/// Reads the arguments and the config file again. \param options What they said at the start.
Reload reloader(std::span<const std::string> args, const BalanceOptions& options) {
  return [args, options]() -> std::variant<Reloaded, std::string> {
    const BalanceParse parse = parse_balance_options(args, read_config_file);
    if (const auto* error = std::get_if<OptionError>(&parse)) return error->message;
    const auto& now = std::get<BalanceOptions>(parse);
    auto servers = resolve_servers(now.servers, options.health_host);
    if (const auto* error = std::get_if<OptionError>(&servers)) return error->message;
    auto changed = changed_options(describe(options), describe(now));
    std::erase(changed, "server");
    return Reloaded{.servers = std::get<std::vector<BalancedServer>>(std::move(servers)),
                    .needs_restart = std::move(changed)};
  };
}

MakeClients make_clients(const BalanceOptions& options) {
  if (options.mode == ForwardSettings::Mode::tcp)
    return [] { return Forwarder::MakeClient(make_tcp_client); };
  return make_http_clients;
}

/// In mode tcp it may be the server that speaks first, so that a silent client must be accepted.
ListenSettings listen_settings(const BalanceOptions& options) {
  const bool clients_speak_first = options.mode == ForwardSettings::Mode::http;
  return {.backlog = backlog,
          .deferral = clients_speak_first ? options.header_timeout : Duration{0},
          .unix_mode = options.unix_mode};
}

int serve(const BalanceOptions& options, std::span<const std::string> args,
          std::vector<BalancedServer> servers, const Complain& complain) {
  auto log = Log::open(options.log);
  if (!log)
    return complain(cannot_open_log(options.log.path, log.error(), "--log-file"), exit_bad_options);
  Result<std::unique_ptr<Log>> access_log{std::unique_ptr<Log>{}};
  LogSettings access_settings = options.log;
  access_settings.path = options.access_log;
  if (!options.access_log.empty() && options.access_log != "stderr")
    access_log = Log::open(access_settings);
  if (!access_log)
    return complain(cannot_open_log(options.access_log, access_log.error(), "--access-log"),
                    exit_bad_options);
  auto bound = listen_at_all(options.listens, listen_settings(options));
  if (const auto* error = std::get_if<ListenError>(&bound))
    return complain(*error, exit_no_listener);
  auto& listeners = std::get<std::vector<Listener>>(bound);
  const auto pid_file = PidFile::write(options.pid_file);
  if (!pid_file)
    return complain(cannot_write_pid(options.pid_file, pid_file.error()), exit_bad_options);
  ignore_deadly_signals();
  BalancerSettings settings = balancer_settings(options, std::move(servers));
  settings.clients_max = clients_max(options, raise_descriptors(**log, options));
  boost::asio::io_context context(1);
  Balancer balancer(context, settings, listeners, make_clients(options), reloader(args, options),
                    **log, access_log->get());
  const BalanceControl orders(balancer);
  const auto control = open_control(context, options.control, orders, **log);
  if (const auto* error = std::get_if<ListenError>(&control))
    return complain(*error, exit_no_listener);
  const Announcer announcer(context, ServiceManager::take_from_environment(),
                            [&balancer] { return balancer.news(); });
  // Signals are heard from here on.
  log_start(**log, options, settings, listeners);
  warn_of_backlog(**log, backlog, "");
  return balancer.run();
}

}  // namespace

int run_balance(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  const Complain complain{.err = err};
  const BalanceParse parse = parse_balance_options(args, read_config_file);
  if (const auto* error = std::get_if<OptionError>(&parse))
    return complain(error->message, exit_bad_options);
  if (const auto* help = std::get_if<HelpText>(&parse)) {
    out << help->text;
    return exit_ok;
  }
  const auto* check = std::get_if<BalanceCheckPassed>(&parse);
  const BalanceOptions& options =
      check != nullptr ? check->options : std::get<BalanceOptions>(parse);
  auto servers = resolve_servers(options.servers, options.health_host);
  if (const auto* error = std::get_if<OptionError>(&servers))
    return complain(error->message, exit_bad_options);
  if (check == nullptr)
    return serve(options, args, std::get<std::vector<BalancedServer>>(std::move(servers)),
                 complain);
  for (const auto& [name, value] : describe(options))
    out << name << " = " << config_value(value) << '\n';
  return exit_ok;
}

}  // namespace brood
