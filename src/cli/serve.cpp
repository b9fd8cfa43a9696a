#include "cli/serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>
#include <type_traits>

#include "base/endpoint.hpp"
#include "base/stall_budget.hpp"
#include "cli/announcer.hpp"
#include "cli/auto_size.hpp"
#include "cli/complain.hpp"
#include "cli/config_file.hpp"
#include "cli/control.hpp"
#include "cli/exit_status.hpp"
#include "cli/launch.hpp"
#include "cli/option_entry.hpp"
#include "os/descriptor_limit.hpp"
#include "os/inheritance.hpp"
#include "os/log_file.hpp"
#include "os/pid_file.hpp"
#include "os/temporary_file.hpp"
#include "os/text_mappings.hpp"
#include "serve/models/serve_config.hpp"
#include "serve/supervisor/fork_source.hpp"
#include "serve/supervisor/pool_control.hpp"
#include "serve/supervisor/supervisor.hpp"
#include "serve/worker/worker.hpp"

namespace brood {
namespace {

/// Descriptors besides one channel a worker: stdio, log, epoll, timer, signals, scoreboard, spare.
constexpr std::uint64_t own_descriptors = 64;
/// In a worker: its socket, and a file or the pipes of a program.
constexpr std::uint64_t descriptors_per_connection = 4;

/// How many connections a worker may have open at once.
std::uint32_t capacity(const ServeOptions& options) {
  if (options.model->has_option("connections-per-worker")) return options.connections_per_worker;
  return std::min(options.max_workers, connections_open_max);
}

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

void log_start(Log& log, const ServeOptions& options, const ServeProgram& program,
               const std::vector<Listener>& listeners) {
  LogEvent started{.level = Level::info, .mark = Mark::start, .name = "server_started"};
  started.with("version", BROOD_VERSION)
      .with_signed("pid", ::getpid())
      .with("crash_costs", std::string(options.model->crash_costs));
  log_options(log, std::move(started), describe(options, program));
  if (options.auto_workers || options.auto_threads)
    log_auto_size(log, auto_size(*options.model, cpu_limit(), memory_limit()));
  log_listening(log, listeners);
}

/// What many connections need in a worker; 0: what was found will do.
std::uint64_t descriptors_of_worker(const ServeOptions& options) {
  if (capacity(options) == 1 || options.model->unit == "children") return 0;
  return capacity(options) * descriptors_per_connection + own_descriptors;
}

/// Workers and their programs get the limit that was found, unless many connections need more.
DescriptorLimit limit_of_workers(const ServeOptions& options, const DescriptorLimit& found) {
  const std::uint64_t needed = descriptors_of_worker(options);
  return needed == 0 ? found : raised(found, needed);
}

void warn_of_workers_limit(Log& log, const ServeOptions& options, const DescriptorLimit& limit) {
  const std::uint64_t needed = descriptors_of_worker(options);
  if (needed == 0 || options.max_workers == unlimited) return;
  const bool by_connections = options.model->has_option("connections-per-worker");
  warn_of_descriptor_limit(log, needed, limit.rlim_cur,
                           by_connections ? "connections-per-worker" : "max-workers");
}

/// Where the server can be reached.
struct Bound {
  std::shared_ptr<ListenerSet> pool;
  std::shared_ptr<ListenerSet> health;  ///< The reporter's: one, or none.
};

std::shared_ptr<const ServeConfig> config_of(const ServeOptions& options,
                                             const HandlerFactory& make_handler) {
  return std::make_shared<const ServeConfig>(ServeConfig{.supervisor = supervisor_settings(options),
                                                         .worker = worker_settings(options),
                                                         .model = options.model,
                                                         .make_handler = make_handler});
}

/// Large bodies of requests go there: better said now than with the first of them.
struct TemporaryFolderProblem {
  std::string folder;
  std::string reason;
};

std::optional<TemporaryFolderProblem> problem_with_temporary_folder() {
  const auto file = open_temporary_file();
  if (file) return std::nullopt;
  return TemporaryFolderProblem{temporary_folder(), file.error().code.message()};
}

/// With everything bound and open: forks and serves.
int serve(const ServeOptions& options, const std::shared_ptr<const ServeConfig>& config,
          const Bound& bound, const ServeProgram& program, Log& log, ServiceManager manager,
          const Complain& complain) {
  const DescriptorLimit found = descriptor_limit();
  const PoolLimits& limits = config->supervisor.limits;
  const std::uint32_t slots = limits.slots();
  const std::uint64_t needed = limits.max_workers + own_descriptors;
  const std::uint64_t granted = raise_descriptor_limit(slots + own_descriptors);
  auto scoreboard = ScoreboardMemory::create(slots + 1);  // The reporter's.
  if (!scoreboard) return complain(cannot_start(scoreboard.error()), exit_failed);

  boost::asio::io_context context(1);
  hand_text_on_to_children();
  KernelProcesses kernel;
  ForkSource workers(context, kernel, *scoreboard, limit_of_workers(options, found),
                     [config](const WorkerPlace& place) {
                       return config->model->run(place, config->worker, config->make_handler);
                     });
  WorkerProcesses pool(context, kernel, workers, *scoreboard, bound.pool, slots);
  Journal journal(log, options.verbose == ServeOptions::Verbose::on);
  Supervisor supervisor(context, supervisor_part(config), pool, journal);
  Announcer announcer(context, std::move(manager), [&supervisor, config] {
    return news_of(supervisor.status(), config->supervisor.limits.min_spare);
  });
  const PoolControl orders(supervisor);
  const auto control = open_control(context, options.control, orders, log);
  if (const auto* error = std::get_if<ListenError>(&control))
    return complain(*error, exit_no_listener);
  // Signals are heard from here on: who reads that Ctrl-C shows the pool may press it at once.
  log_start(log, options, program, bound.pool->all());
  warn_of_descriptor_limit(log, needed, granted, "max-workers");
  warn_of_backlog(log, options.backlog, "backlog");
  warn_of_workers_limit(log, options, limit_of_workers(options, found));

  ForkSource reporters(context, kernel, *scoreboard, found, [config](const WorkerPlace& place) {
    return run_reporter(place, config->worker);
  });
  WorkerProcesses apart(context, kernel, reporters, *scoreboard, bound.health, slots + 1);
  apart.set_apart(bound.pool);
  Reporter reporter(context, apart, slots, log);
  if (!bound.health->all().empty()) supervisor.keep(reporter);
  const int status = supervisor.run();
  if (status != exit_ok) complain(supervisor.fault(), status);
  return status;
}

/// All of them, or why not, with nothing left behind.
std::variant<Bound, ListenError> bind_all(const ServeOptions& options) {
  // Who speaks HTTP speaks first: the kernel keeps silent clients, as long as a head may take.
  const ListenSettings settings{.backlog = static_cast<int>(options.backlog),
                                .deferral = options.header_timeout,
                                .unix_mode = options.unix_mode};
  auto pool = listen_at_all(options.listens, settings);
  if (auto* error = std::get_if<ListenError>(&pool)) return std::move(*error);
  const auto share = [](auto& bound) {
    return std::make_shared<ListenerSet>(std::get<std::vector<Listener>>(std::move(bound)));
  };
  Bound bound{.pool = share(pool), .health = std::make_shared<ListenerSet>()};
  if (options.health_listen.empty()) return bound;
  auto health = listen_at_all({&options.health_listen, 1}, settings);
  if (auto* error = std::get_if<ListenError>(&health)) {
    bound.pool->stop();
    return std::move(*error);
  }
  bound.health = share(health);
  return bound;
}

/// Workers open it by themselves: better said now than by each of them.
std::optional<std::string> problem_with_access_log(const std::string& path) {
  if (path.empty() || path == "stderr") return std::nullopt;
  const auto opened = path == "syslog" ? connect_syslog() : open_log_file(path);
  if (opened) return std::nullopt;
  return cannot_open_log(path, opened.error(), "--access-log");
}

int bind_and_serve(ServeOptions options, const HandlerFactory& make_handler,
                   const ServeProgram& program, const Complain& complain) {
  const auto temporary = problem_with_temporary_folder();
  if (temporary && is_temporary_folder_chosen())
    return complain("TMPDIR " + shown(temporary->folder) + ": " + temporary->reason +
                        ": large bodies of requests go there; make it a folder that can be written "
                        "to, or unset it for /tmp",
                    exit_bad_options);
  auto log = Log::open(options.log);
  if (!log)
    return complain(cannot_open_log(options.log.path, log.error(), "--log-file"), exit_bad_options);
  using Verbose = ServeOptions::Verbose;
  if (options.verbose == Verbose::automatic)
    options.verbose = (*log)->is_for_person() ? Verbose::on : Verbose::off;
  if (const auto error = problem_with_access_log(options.access_log))
    return complain(*error, exit_bad_options);
  auto bound = bind_all(options);
  if (const auto* error = std::get_if<ListenError>(&bound))
    return complain(*error, exit_no_listener);
  if (temporary)  // A server that is sent no large bodies gets along without it.
    (*log)->write(LogEvent{.level = Level::warn, .name = "no_temporary_folder"}
                      .with("folder", temporary->folder)
                      .with("reason", temporary->reason)
                      .with("remedy", "set TMPDIR to a folder that can be written to"));
  const auto pid_file = PidFile::write(options.pid_file);
  if (!pid_file)
    return complain(cannot_write_pid(options.pid_file, pid_file.error()), exit_bad_options);
  ignore_deadly_signals();
  // Before anything is forked: nobody else is to speak for this server.
  return serve(options, config_of(options, make_handler), std::get<Bound>(bound), program, **log,
               ServiceManager::take_from_environment(), complain);
}

std::variant<HandlerFactory, OptionError> make_handler(const ServeOptions& options,
                                                       std::span<const HandlerEntry> handlers) {
  if (handlers.size() == 1 && handlers.front().name.empty()) return handlers.front().make(options);
  const auto entry = std::ranges::find(handlers, options.handler, &HandlerEntry::name);
  if (entry != handlers.end()) return entry->make(options);
  return OptionError{"no handler " + options.handler};  // The option's row has refused it before.
}

}  // namespace

int run_serve(std::span<const std::string> args, std::string_view command,
              std::span<const HandlerEntry> handlers, std::ostream& out, std::ostream& err) {
  const Complain complain{.err = err, .name = command.substr(0, command.find(' '))};
  std::vector<std::string_view> names;
  for (const HandlerEntry& handler : handlers)
    if (!handler.name.empty()) names.push_back(handler.name);
  const ServeProgram program{.command = command, .handlers = names};
  const ServeParse parse = parse_serve_options(args, program, read_config_file);
  if (const auto* error = std::get_if<OptionError>(&parse))
    return complain(error->message, exit_bad_options);
  if (const auto* help = std::get_if<HelpText>(&parse)) {
    out << help->text;
    return exit_ok;
  }
  const auto* check = std::get_if<CheckPassed>(&parse);
  const ServeOptions& options = check != nullptr ? check->options : std::get<ServeOptions>(parse);
  const auto handler = make_handler(options, handlers);
  if (const auto* error = std::get_if<OptionError>(&handler))
    return complain(error->message, exit_bad_options);
  if (check == nullptr)
    return bind_and_serve(options, std::get<HandlerFactory>(handler), program, complain);
  for (const auto& [name, value] : describe(options, program))
    out << name << " = " << config_value(value) << '\n';
  return exit_ok;
}

}  // namespace brood
