#include <algorithm>

#include "base/units.hpp"
#include "cli/serve_options.hpp"
#include "cli/shared_options.hpp"
#include "wire/scoreboard.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;
using Value = OptionValue;

constexpr std::uint32_t workers_most = 65535;
constexpr std::uint32_t requests_most = 1'000'000'000;
constexpr std::uint64_t mebi = 1ULL << 20;
constexpr std::uint64_t tebi = 1ULL << 40;

Value model_of(ServeOptions& o) {
  std::vector<std::string_view> names;
  for (const Model& model : models()) names.push_back(model.name);
  return Value::one_of("NAME", joined(names),
                       {[&o](std::size_t index) { o.model = &models()[index]; },
                        [&o] { return static_cast<std::size_t>(o.model - models().data()); }});
}

Value workers_or_unlimited(std::uint32_t& workers) {
  return {.unit = "N|unlimited",
          .set = [&workers](std::string_view text) -> std::optional<Problem> {
            if (text != "unlimited") return store(workers, read_count(text, 1, workers_most));
            workers = unlimited;
            return std::nullopt;
          },
          .show =
              [&workers] {
                return Value::Texts{workers == unlimited ? "unlimited" : std::to_string(workers)};
              }};
}

Value handler_of(ServeOptions& o, std::span<const std::string_view> handlers) {
  return Value::one_of("NAME", joined(handlers),
                       {[&o, handlers](std::size_t index) { o.handler = handlers[index]; },
                        [&o, handlers] {
                          const auto at = std::ranges::find(handlers, o.handler);
                          return static_cast<std::size_t>(at - handlers.begin());
                        }});
}

Value think_time_of(ServeOptions& o) {
  return {
      .unit = "TIME",
      .set = [&o](std::string_view text) { return store(o.think_time, read_service_time(text)); },
      .show =
          [&o] {
            const auto& [mean, exponential] = o.think_time;
            return Value::Texts{(exponential ? "exp:" : "") + format_duration(mean)};
          }};
}

std::vector<Option> listening_options(ServeOptions& o) {
  return {
      // clang-format off
    listen_option(o.listens),
    unix_mode_option(o.unix_mode),
    {"backlog", "Listening",
     "This many connections may wait in the kernel until a worker accepts them.",
     Value::count(o.backlog, 1, 65535)},
    {"health-path", "Listening",
     "Every worker answers this path with the health of the whole pool.",
     Value::text(o.health_path, "PATH|off", "off", problem_with_health_path)},
    {"health-listen", "Listening",
     "A process of its own answers the health path here, however busy all workers are.",
     Value::text(o.health_listen, "ADDR:PORT|off", "off", problem_with_endpoint)},
    trusted_proxies_option(o.trusted_proxies, "Listening"),
    trusted_forwarders_option(o.trusted_forwarders, "Listening"),
      // clang-format on
  };
}

std::vector<Option> worker_options(ServeOptions& o) {
  return {
      // clang-format off
    {"model", "Pool", "The concurrency model says who serves a connection; see the names below.",
     model_of(o)},
    {"connections-per-worker", "Pool",
     "A worker has at most this many connections open; unless given, 1024 in all models but "
     "prefork.", Value::count(o.connections_per_worker, 1, connections_open_max)},
    {"threads", "Pool", "A thread-pool has this many threads; auto: one for each processor.",
     Value::or_auto(Value::count(o.threads, 1, connections_open_max), o.auto_threads)},
    {"start-workers", "Pool", "This many workers are forked at the start.",
     Value::count(o.start_workers, 1, workers_most)},
    {"min-spare", "Pool", "More workers are forked when fewer than this many are idle.",
     Value::count(o.min_spare, 0, workers_most)},
    {"max-spare", "Pool", "Workers are asked to leave when more than this many are idle.",
     Value::count(o.max_spare, 0, workers_most)},
    {"max-workers", "Pool",
     "There are never more workers than this; auto: what processors and memory allow.",
     Value::or_auto(workers_or_unlimited(o.max_workers), o.auto_workers)},
    {"policy", "Pool",
     "The pool grows by this rule: exponential adds 1, 2, 4 ... 32 workers a second while too few "
     "are idle; demand adds at once what waiting connections need.",
     Value::choice(o.policy, "exponential|demand")},
    {"epoll-exclusive", "Pool", "A connection wakes one idle worker, not all of them.",
     Value::on_off(o.epoll_exclusive)},
    {"max-requests", "Pool",
     "A worker is replaced after this many connections; 0 means never.",
     Value::count(o.max_requests, 0, requests_most)},
    {"max-requests-jitter", "Pool",
     "A worker may serve up to this many more, drawn at random, so that not all are replaced "
     "together.", Value::count(o.max_requests_jitter, 0, requests_most)},
      // clang-format on
  };
}

std::vector<Option> limit_options(ServeOptions& o) {
  return {
      // clang-format off
    {"keep-alive-timeout", "Limits",
     "A connection may stay idle this long until its next request; 0 closes it after each "
     "response.", Value::duration(o.keep_alive_timeout, 0s)},
    {"keep-alive-drain", "Limits",
     "A worker that leaves waits this long for the next request of an idle connection.",
     Value::duration(o.keep_alive_drain, 0s)},
    {"header-timeout", "Limits", "A client must send the whole request head within this time.",
     Value::duration(o.header_timeout, 1ms)},
    {"body-timeout", "Limits",
     "A client must send the next piece of a request body within this time.",
     Value::duration(o.body_timeout, 1ms)},
    {"write-timeout", "Limits", "A client must take the next piece of a response within this time.",
     Value::duration(o.write_timeout, 1ms)},
    {"min-rate", "Limits",
     "A slow client must send or take this many bytes a second; 0 allows any rate.",
     Value::size(o.min_rate, 0, mebi)},
    {"request-timeout", "Limits",
     "A worker that makes no progress for this long is asked to leave, then killed; 0 means never.",
     Value::duration(o.request_timeout, 0s)},
    {"graceful-timeout", "Limits", "At a stop, requests in progress have this long to finish.",
     Value::duration(o.graceful_timeout, 0s)},
    {"max-generations", "Limits",
     "After reloads, workers of this many earlier configurations at most may finish what they "
     "have.",
     Value::count(o.max_generations, 1, 1000)},
    {"max-header-bytes", "Limits", "A request head larger than this is refused with 431.",
     Value::size(o.max_header_bytes, 256, 16 * mebi)},
    {"max-headers", "Limits", "A request head with more fields than this is refused with 431.",
     Value::count(o.max_headers, 1, 65535)},
    {"max-body-bytes", "Limits", "A request body larger than this is refused with 413.",
     Value::size(o.max_body_bytes, 0, tebi)},
      // clang-format on
  };
}

std::vector<Option> handler_options(ServeOptions& o, std::span<const std::string_view> handlers) {
  if (handlers.empty()) return {};  // The program has one of its own.
  return {
      // clang-format off
    {"handler", "Handler", "This handler answers the requests; see the names below.",
     handler_of(o, handlers)},
    {"think-time", "Handler",
     "The demo waits this long before it answers; exp:20ms draws each wait at random around that.",
     think_time_of(o)},
    {"root", "Handler",
     "The files handler serves this folder; the cgi handler runs the programs in it, or this one.",
     Value::text(o.root, "PATH", "none")},
    {"listing", "Handler", "The files handler lists folders that have no index.html.",
     Value::on_off(o.listing)},
    {"writable", "Handler", "The files handler accepts PUT and DELETE.", Value::on_off(o.writable)},
    {"make-folders", "Handler", "A PUT creates the folders that its path needs.",
     Value::on_off(o.make_folders)},
    {"charset", "Handler", "Text files are sent with this charset in their Content-Type.",
     Value::text(o.charset, "NAME|off", "off", problem_with_charset)},
    {"cgi-env", "Handler",
     "A cgi program is passed this environment variable. May be given several times.",
     Value::list(o.cgi_env, "NAME", "none", problem_with_variable)},
    {"cgi-authorization", "Handler", "A cgi program is passed the request's Authorization.",
     Value::on_off(o.cgi_authorization)},
    {"cgi-timeout", "Handler",
     "A cgi program that writes nothing for this long is ended; 0 means never.",
     Value::duration(o.cgi_timeout, 0s)},
    {"cgi-max-output", "Handler",
     "A cgi program's response may be this long; 0 means any length.",
     Value::size(o.cgi_max_output, 0, tebi)},
    {"plugin", "Handler",
     "The plugin handler loads this shared library, written for brood/plugin.h.",
     Value::text(o.plugin, "PATH", "none")},
    {"plugin-arg", "Handler", "The plugin's start() is passed this text.",
     Value::text(o.plugin_arg, "TEXT", "none")},
      // clang-format on
  };
}

}  // namespace

OptionTable serve_table(ServeOptions& o, const ServeProgram& program) {
  const std::vector<Option> own_logging{
      {"access-log", "Logging",
       "Each request is logged in a line, to this file, to stderr, or to syslog.",
       Value::text(o.access_log, "off|stderr|syslog|PATH", "off")},
      {"access-log-format", "Logging",
       "Lines of the access log are common, combined, json, or made of Apache's directives, as in "
       "'%h %t \"%r\" %>s %b %D'.",
       Value::text(o.access_log_format, "FORMAT", "", problem_with_access_format)},
      {"verbose", "Logging",
       "Each change of the pool is logged; auto means on a terminal and with the short form.",
       Value::choice(o.verbose, "auto|on|off")}};
  return {program.command,
          in_order(listening_options(o), {worker_options(o),
                                          limit_options(o),
                                          handler_options(o, program.handlers),
                                          own_logging,
                                          logging_options(o.log),
                                          {pid_file_option(o.pid_file), control_option(o.control)},
                                          parser_options()})};
}

}  // namespace brood
