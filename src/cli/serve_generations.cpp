#include "cli/serve_generations.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "base/endpoint.hpp"
#include "base/text.hpp"
#include "cli/config_file.hpp"
#include "cli/launch.hpp"
#include "cli/serve_settings.hpp"
#include "os/log_file.hpp"
#include "serve/models/serve_config.hpp"
#include "serve/pool/roll.hpp"
#include "serve/supervisor/fork_source.hpp"
#include "serve/worker/worker.hpp"

namespace brood {
namespace {

/// In a worker: its socket, and a file or the pipes of a program.
constexpr std::uint64_t descriptors_per_connection = 4;

std::shared_ptr<const ServeConfig> config_of(const ServeOptions& options,
                                             const HandlerFactory& make_handler,
                                             std::uint32_t number) {
  ServeConfig config{.supervisor = supervisor_settings(options),
                     .worker = worker_settings(options),
                     .model = options.model,
                     .make_handler = make_handler};
  config.supervisor.generation = number;
  return std::make_shared<const ServeConfig>(std::move(config));
}

std::vector<Endpoint> endpoints_of(const std::vector<std::string>& texts) {
  std::vector<Endpoint> endpoints;
  for (const std::string& text : texts) endpoints.push_back(*parse_endpoint(text));
  return endpoints;
}

std::string comma_list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : ", ") += word;
  return text;
}

std::vector<Endpoint> health_endpoints(const ServeOptions& options) {
  if (options.health_listen.empty()) return {};
  return endpoints_of({options.health_listen});
}

}  // namespace

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

std::variant<HandlerFactory, OptionError> make_handler(const ServeOptions& options,
                                                       std::span<const HandlerEntry> handlers) {
  if (handlers.size() == 1 && handlers.front().name.empty()) return handlers.front().make(options);
  const auto entry = std::ranges::find(handlers, options.handler, &HandlerEntry::name);
  if (entry != handlers.end()) return entry->make(options);
  return OptionError{"no handler " + options.handler};  // The option's row has refused it before.
}

std::optional<std::string> problem_with_access_log(const std::string& path) {
  if (path.empty() || path == "stderr") return std::nullopt;
  const auto opened = path == "syslog" ? connect_syslog() : open_log_file(path);
  if (opened) return std::nullopt;
  return cannot_open_log(path, opened.error(), "--access-log");
}

std::variant<Bound, ListenError> bind(const ServeOptions& options, const Bound& before) {
  const ListenSettings settings = listen_settings(options);
  auto pool = ListenerSet::open(endpoints_of(options.listens), settings, *before.pool);
  if (auto* error = std::get_if<ListenError>(&pool)) return std::move(*error);
  auto& listeners = std::get<std::shared_ptr<ListenerSet>>(pool);
  auto health = ListenerSet::open(health_endpoints(options), settings, *before.health);
  if (auto* error = std::get_if<ListenError>(&health)) {
    listeners->leave_all_but(*before.pool);
    return std::move(*error);
  }
  return Bound{.pool = listeners, .health = std::get<std::shared_ptr<ListenerSet>>(health)};
}

Generation ServeParts::make(const ServeOptions& options, const HandlerFactory& make_handler,
                            std::uint32_t number, const Bound& bound) const {
  const auto config = config_of(options, make_handler, number);
  raise_descriptor_limit(slots_with_roll(config->supervisor.limits) + own_descriptors);
  return {.settings = supervisor_part(config),
          .workers = std::make_shared<ForkSource>(
              context, processes, scoreboard, limit_of_workers(options, found),
              [config](const WorkerPlace& place) {
                return config->model->run(place, config->worker, config->make_handler);
              }),
          .listeners = bound.pool,
          .reporters = std::make_shared<ForkSource>(
              context, processes, scoreboard, found,
              [config](const WorkerPlace& place) { return run_reporter(place, config->worker); }),
          .health = bound.health,
          .listening = listen_settings(options),
          .log = {}};
}

ServeReloader::ServeReloader(const ServeParts& parts, std::span<const std::string> args,
                             const ServeProgram& program, std::span<const HandlerEntry> handlers,
                             const ServeOptions& first, bool is_for_person)
    : parts_(parts), args_(args.begin(), args.end()), program_(program), handlers_(handlers) {
  said_[1] = {.options = first, .is_for_person = is_for_person};
}

/// A pipe, such as a shell's <(...), is empty by now, and would be read as a file that says
/// nothing.
std::variant<ServeOptions, std::string> ServeReloader::read() const {
  std::string unfit;
  const ConfigReader reader = [&](const std::string& path) -> Result<std::string> {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode))
      return read_config_file(path);
    unfit = shown(path) + ": not a regular file, so it cannot be read again: restart instead";
    return Failure{.code = {ESPIPE, boost::system::system_category()}, .operation = "read"};
  };
  const ServeParse parse = parse_serve_options(args_, program_, reader);
  if (!unfit.empty()) return unfit;
  if (const auto* error = std::get_if<OptionError>(&parse)) return error->message;
  return std::get<ServeOptions>(parse);
}

/// The scoreboard cannot grow, and others may have read where the pid is.
std::string ServeReloader::needs_restart(const ServeOptions& options,
                                         const ServeOptions& before) const {
  if (options.pid_file != before.pid_file)
    return "pid-file needs a restart: leave it as it was, or restart for it";
  const PoolLimits limits = supervisor_settings(options).limits;
  if (slots_with_roll(limits) < parts_.scoreboard.slot_count()) return "";
  return "max-workers " + std::to_string(limits.max_workers) +
         " needs a restart: lower it, or restart for it";
}

std::variant<NextGeneration, std::string> ServeReloader::read_anew(const Generation& now,
                                                                   std::uint32_t number) {
  const Said& before = said_.at(now.number());
  std::erase_if(said_, [&](const auto& one) { return one.first != now.number(); });
  auto read_now = read();
  if (auto* problem = std::get_if<std::string>(&read_now)) return std::move(*problem);
  Said said{.options = std::get<ServeOptions>(std::move(read_now)),
            .is_for_person = before.is_for_person};
  if (std::string why = needs_restart(said.options, before.options); !why.empty()) return why;
  const auto handler = make_handler(said.options, handlers_);
  if (const auto* error = std::get_if<OptionError>(&handler)) return error->message;
  if (auto problem = problem_with_access_log(said.options.access_log)) return *std::move(problem);
  std::shared_ptr<Log> log;
  if (said.options.log != before.options.log) {
    auto opened = Log::open(said.options.log);
    if (!opened) return cannot_open_log(said.options.log.path, opened.error(), "--log-file");
    log = std::move(*opened);
    said.is_for_person = log->is_for_person();
  }
  ServeOptions options = said.options;
  settle_verbose(options, said.is_for_person);
  auto bound = bind(options, {.pool = now.listeners, .health = now.health});
  if (auto* error = std::get_if<ListenError>(&bound)) return std::move(*error);
  NextGeneration reloaded{.generation = parts_.make(options, std::get<HandlerFactory>(handler),
                                                    number, std::get<Bound>(bound)),
                          .changed = comma_list(changed_options(describe(before.options, program_),
                                                                describe(said.options, program_)))};
  reloaded.generation.log = std::move(log);
  said_[number] = std::move(said);
  return reloaded;
}

}  // namespace brood
