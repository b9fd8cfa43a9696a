#include "cli/serve.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <ostream>

#include "cli/announcer.hpp"
#include "cli/auto_size.hpp"
#include "cli/complain.hpp"
#include "cli/config_file.hpp"
#include "cli/control.hpp"
#include "cli/exit_status.hpp"
#include "cli/launch.hpp"
#include "cli/serve_generations.hpp"
#include "cli/serve_settings.hpp"
#include "os/inheritance.hpp"
#include "os/pid_file.hpp"
#include "os/temporary_file.hpp"
#include "os/text_mappings.hpp"
#include "serve/pool/roll.hpp"
#include "serve/supervisor/pool_control.hpp"
#include "serve/supervisor/supervisor.hpp"

namespace brood {
namespace {

void log_start(Log& log, const ServeOptions& options, const ServeProgram& program,
               const ListenerSet& listeners) {
  LogEvent started{.level = Level::info, .mark = Mark::start, .name = "server_started"};
  started.with("version", BROOD_VERSION)
      .with_signed("pid", ::getpid())
      .with("crash_costs", std::string(options.model->crash_costs));
  log_options(log, std::move(started), describe(options, program));
  if (options.auto_workers || options.auto_threads)
    log_auto_size(log, auto_size(*options.model, cpu_limit(), memory_limit()));
  for (const auto& listener : listeners.all()) log_listening(log, *listener);
}

void warn_of_workers_limit(Log& log, const ServeOptions& options, const DescriptorLimit& limit) {
  const std::uint64_t needed = descriptors_of_worker(options);
  if (needed == 0 || options.max_workers == unlimited) return;
  const bool by_connections = options.model->has_option("connections-per-worker");
  warn_of_descriptor_limit(log, needed, limit.rlim_cur,
                           by_connections ? "connections-per-worker" : "max-workers");
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
int serve(const ServeParts& parts, const ServeOptions& options, Generation first,
          const ServeProgram& program, const MakeNext& reload, Log& log, ServiceManager manager,
          const Complain& complain) {
  const std::uint64_t needed = first.settings->limits.max_workers + own_descriptors;
  hand_text_on_to_children();
  WorkerProcesses pool(parts.context, parts.processes, parts.scoreboard);
  Journal journal(log, first.settings->verbose);
  Supervisor supervisor(parts.context, std::move(first), pool, journal, reload);
  Announcer announcer(parts.context, std::move(manager), [&supervisor] {
    return news_of(supervisor.status(), supervisor.current().settings->limits.min_spare);
  });
  const PoolControl orders(supervisor);
  const auto control = open_control(parts.context, options.control, orders, log);
  if (const auto* error = std::get_if<ListenError>(&control))
    return complain(*error, exit_no_listener);
  // Signals are heard from here on: who reads that Ctrl-C shows the pool may press it at once.
  log_start(log, options, program, *supervisor.current().listeners);
  warn_of_descriptor_limit(log, needed, descriptor_limit().rlim_cur, "max-workers");
  warn_of_backlog(log, options.backlog, "backlog");
  warn_of_workers_limit(log, options, limit_of_workers(options, parts.found));

  WorkerProcesses apart(parts.context, parts.processes, parts.scoreboard);
  Reporter reporter(parts.context, apart, parts.scoreboard.slot_count() - 1, log);
  supervisor.keep(reporter);
  const int status = supervisor.run();
  if (status != exit_ok) complain(supervisor.fault(), status);
  return status;
}

/// Room for a pool that reloads may make larger: a page takes memory only when a worker is born
/// into its slot. The last one is the reporter's.
std::uint32_t room_for(const ServeOptions& options) {
  constexpr std::uint32_t slots_wanted = 8192;
  const std::uint32_t needed = slots_with_roll(supervisor_settings(options).limits) + 1;
  return std::max(needed, std::min(slots_wanted, ScoreboardMemory::slots_most()));
}

int bind_and_serve(ServeOptions options, const HandlerFactory& make_handler,
                   std::span<const std::string> args, std::span<const HandlerEntry> handlers,
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
  const ServeOptions said = options;
  settle_verbose(options, (*log)->is_for_person());
  if (const auto error = problem_with_access_log(options.access_log))
    return complain(*error, exit_bad_options);
  const auto bound = bind(options, {});
  if (const auto* error = std::get_if<ListenError>(&bound))
    return complain(*error, exit_no_listener);
  const DescriptorLimit found = descriptor_limit();
  auto scoreboard = ScoreboardMemory::create(room_for(options));
  if (!scoreboard) return complain(cannot_start(scoreboard.error()), exit_failed);
  boost::asio::io_context context(1);
  KernelProcesses kernel;
  const ServeParts parts{
      .context = context, .processes = kernel, .scoreboard = *scoreboard, .found = found};
  Generation first = parts.make(options, make_handler, 1, std::get<Bound>(bound));
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
  ServiceManager manager = ServiceManager::take_from_environment();
  ServeReloader reloader(parts, args, program, handlers, said, (*log)->is_for_person());
  return serve(
      parts, options, std::move(first), program,
      [&](const Generation& now, std::uint32_t number) { return reloader.read_anew(now, number); },
      **log, std::move(manager), complain);
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
    return bind_and_serve(options, std::get<HandlerFactory>(handler), args, handlers, program,
                          complain);
  for (const auto& [name, value] : describe(options, program))
    out << name << " = " << config_value(value) << '\n';
  return exit_ok;
}

}  // namespace brood
