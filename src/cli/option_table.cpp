#include "cli/option_table.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/option_source.hpp"
#include "wire/scoreboard.hpp"

namespace brood {
namespace {

using Texts = std::vector<std::string>;

template <auto member, std::uint32_t least, std::uint32_t most>
constexpr OptionKind count{
    "N",
    [](ServeOptions& options, std::string_view text, HandlerNames) {
      return store(options.*member, read_count(text, least, most));
    },
    [](const ServeOptions& options) { return Texts{std::to_string(options.*member)}; }};

template <auto member, std::uint64_t least, std::uint64_t most>
constexpr OptionKind size{
    "SIZE",
    [](ServeOptions& options, std::string_view text, HandlerNames) {
      return store(options.*member, read_size(text, least, most));
    },
    [](const ServeOptions& options) { return Texts{format_size(options.*member)}; }};

/// A day at most: every wait in milliseconds then fits the int of poll(2) and epoll_wait(2).
template <auto member, std::int64_t least_ms>
constexpr OptionKind duration{
    "TIME",
    [](ServeOptions& options, std::string_view text, HandlerNames) {
      constexpr std::chrono::milliseconds least{least_ms};
      return store(options.*member, read_duration(text, least, std::chrono::hours{24}));
    },
    [](const ServeOptions& options) { return Texts{format_duration(options.*member)}; }};

/// `names` are those of the enumerators in their order, with `|` between.
template <auto member, const std::string_view& names>
constexpr OptionKind choice{
    names,
    [](ServeOptions& options, std::string_view text, HandlerNames) -> std::optional<Problem> {
      const auto index = read_choice(text, names);
      if (!index) return index.error();
      options.*member = static_cast<std::remove_reference_t<decltype(options.*member)>>(*index);
      return std::nullopt;
    },
    [](const ServeOptions& options) {
      const auto index = static_cast<std::size_t>(options.*member);
      return Texts{std::string(choice_name(names, index))};
    }};

constexpr std::string_view policies = "exponential|demand";
constexpr std::string_view verbosities = "auto|on|off";
constexpr std::string_view switches = "on|off";
constexpr std::string_view log_formats = "text|json";
constexpr std::string_view log_levels = "debug|info|warn|error";

template <auto member>
constexpr OptionKind on_off{
    switches,
    [](ServeOptions& options, std::string_view text, HandlerNames) -> std::optional<Problem> {
      const auto index = read_choice(text, switches);
      if (!index) return index.error();
      options.*member = *index == 0;
      return std::nullopt;
    },
    [](const ServeOptions& options) {
      return Texts{std::string(choice_name(switches, options.*member ? 0 : 1))};
    }};

constexpr OptionKind endpoints{"ADDR:PORT",
                               [](ServeOptions& options, std::string_view text, HandlerNames) {
                                 options.listens.emplace_back(text);
                                 return problem_with_endpoint(text);
                               },
                               [](const ServeOptions& options) { return options.listens; },
                               [](ServeOptions& options) { options.listens.clear(); }};

constexpr OptionKind unix_mode{
    "MODE|umask",
    [](ServeOptions& options, std::string_view text, HandlerNames) {
      return store(options.unix_mode, read_unix_mode(text));
    },
    [](const ServeOptions& options) { return Texts{format_unix_mode(options.unix_mode)}; }};

constexpr OptionKind handler{
    "NAME",
    [](ServeOptions& options, std::string_view text, HandlerNames handlers) {
      options.handler = text;
      return problem_with_handler(text, handlers);
    },
    [](const ServeOptions& options) { return Texts{options.handler}; }};

constexpr OptionKind think_time{"TIME",
                                [](ServeOptions& options, std::string_view text, HandlerNames) {
                                  return store(options.think_time, read_think_time(text));
                                },
                                [](const ServeOptions& options) {
                                  const auto& [mean, exponential] = options.think_time;
                                  return Texts{(exponential ? "exp:" : "") + format_duration(mean)};
                                }};

constexpr OptionKind model{
    "NAME",
    [](ServeOptions& options, std::string_view text, HandlerNames) -> std::optional<Problem> {
      options.model = find_model(text);
      if (options.model != nullptr) return std::nullopt;
      std::string list;
      for (const Model& one : models()) list.append(list.empty() ? "" : ", ").append(one.name);
      return Problem{"allowed: " + list};
    },
    [](const ServeOptions& options) { return Texts{std::string(options.model->name)}; }};

constexpr std::uint32_t workers_most = 65535;

constexpr OptionKind workers_or_unlimited{
    "N|unlimited",
    [](ServeOptions& options, std::string_view text, HandlerNames) -> std::optional<Problem> {
      if (text != "unlimited") return store(options.max_workers, read_count(text, 1, workers_most));
      options.max_workers = unlimited;
      return std::nullopt;
    },
    [](const ServeOptions& options) {
      return Texts{options.max_workers == unlimited ? "unlimited"
                                                    : std::to_string(options.max_workers)};
    }};

constexpr std::string_view path_or_off = "PATH|off";
constexpr std::string_view endpoint_or_off = "ADDR:PORT|off";
constexpr std::string_view addresses_or_off = "LIST|off";
constexpr std::string_view charset_or_off = "NAME|off";

/// "off" is stored as the empty text.
template <auto member, const std::string_view& value_name, auto problem_with>
constexpr OptionKind text_or_off{value_name,
                                 [](ServeOptions& options, std::string_view text, HandlerNames) {
                                   options.*member = text == "off" ? "" : text;
                                   return text == "off" ? std::nullopt : problem_with(text);
                                 },
                                 [](const ServeOptions& options) {
                                   const std::string& text = options.*member;
                                   return Texts{text.empty() ? "off" : text};
                                 }};

/// `unset` is how the empty text is written; a folder that is really called so is "./none".
template <auto member, const std::string_view& value_name, const std::string_view& unset>
constexpr OptionKind plain_text{
    value_name,
    [](ServeOptions& options, std::string_view text, HandlerNames) -> std::optional<Problem> {
      options.*member = text == unset ? "" : text;
      return std::nullopt;
    },
    [](const ServeOptions& options) {
      const std::string& text = options.*member;
      return Texts{text.empty() ? std::string(unset) : text};
    }};

constexpr std::string_view path = "PATH";
constexpr std::string_view any_text = "TEXT";
constexpr std::string_view to_stderr = "stderr";
constexpr std::string_view none = "none";

constexpr OptionKind cgi_env{"NAME",
                             [](ServeOptions& options, std::string_view text, HandlerNames) {
                               if (text != none) options.cgi_env.emplace_back(text);
                               return problem_with_variable(text);
                             },
                             [](const ServeOptions& options) {
                               return options.cgi_env.empty() ? Texts{std::string(none)}
                                                              : options.cgi_env;
                             },
                             [](ServeOptions& options) { options.cgi_env.clear(); }};

constexpr std::uint32_t requests_most = 1'000'000'000;
constexpr std::uint64_t mebi = 1ULL << 20;
constexpr std::uint64_t tebi = 1ULL << 40;

using O = ServeOptions;
constexpr auto rows = std::to_array<OptionRow>({
    // clang-format off
    {"listen", "Listening",
     "Serves here; also [::]:PORT or unix:PATH. May be given several times.", endpoints},
    {"unix-mode", "Listening",
     "Socket files get these permissions, as 0660; umask means what the umask leaves.", unix_mode},
    {"backlog", "Listening", "So many connections may wait in the kernel.", count<&O::backlog, 1,
     65535>},
    {"health-path", "Listening",
     "Every worker answers this path with the health of the whole pool.",
     text_or_off<&O::health_path, path_or_off, problem_with_health_path>},
    {"health-listen", "Listening", "The health is answered here too, however busy all workers are.",
     text_or_off<&O::health_listen, endpoint_or_off, problem_with_endpoint>},
    {"trusted-proxies", "Listening",
     "Connections from these addresses, ADDR[/LEN] or unix with commas between, begin with a "
     "PROXY header that names the client.",
     text_or_off<&O::trusted_proxies, addresses_or_off, problem_with_addresses>},
    {"trusted-forwarders", "Listening", 
     "Connections from these addresses are believed what X-Forwarded-* and Forwarded say of the "
     "client.",
     text_or_off<&O::trusted_forwarders, addresses_or_off, problem_with_addresses>},

    {"model", "Pool", "Says who serves a connection; see the names below.", model},
    {"connections-per-worker", "Pool",
     "A worker has so many connections open at once; unless given, 1024 in all models but prefork.",
     count<&O::connections_per_worker, 1, connections_open_max>},
    {"threads", "Pool", "A thread-pool has so many threads.", count<&O::threads, 1,
     connections_open_max>},
    {"start-workers", "Pool", "So many workers are forked at the start.",
     count<&O::start_workers, 1, workers_most>},
    {"min-spare", "Pool", "Workers are forked when fewer are idle.", count<&O::min_spare, 0,
     workers_most>},
    {"max-spare", "Pool", "Workers leave when more are idle.", count<&O::max_spare, 0,
     workers_most>},
    {"max-workers", "Pool", "There are never more workers.", workers_or_unlimited},
    {"policy", "Pool",
     "Says how the pool grows: 1, 2, 4 ... 32 workers a second while it is short, or at once by "
     "what waits.", choice<&O::policy, policies>},
    {"epoll-exclusive", "Pool", "A connection wakes one idle worker, not all of them.",
     on_off<&O::epoll_exclusive>},
    {"max-requests", "Pool",
     "A worker leaves after so many connections and another takes its place; 0 means never.",
     count<&O::max_requests, 0, requests_most>},
    {"max-requests-jitter", "Pool",
     "It may serve up to so many more, drawn by chance, so that not all leave together.",
     count<&O::max_requests_jitter, 0, requests_most>},

    {"keep-alive-timeout", "Limits",
     "A kept connection waits so long for the next request; 0 closes it after each response.",
     duration<&O::keep_alive_timeout, 0>},
    {"header-timeout", "Limits", "A whole request head must come within this time.",
     duration<&O::header_timeout, 1>},
    {"body-timeout", "Limits", "The next piece of a request's body must come within this time.",
     duration<&O::body_timeout, 1>},
    {"write-timeout", "Limits",
     "A client must take the next piece of the response within this time.",
     duration<&O::write_timeout, 1>},
    {"min-rate", "Limits", "A slow client must move so many bytes a second; 0 allows any rate.",
     size<&O::min_rate, 0, mebi>},
    {"request-timeout", "Limits",
     "A worker that makes no progress for so long is asked to leave, then killed; 0 means never.",
     duration<&O::request_timeout, 0>},
    {"graceful-timeout", "Limits", "What is in hand at a stop may take so long.",
     duration<&O::graceful_timeout, 0>},
    {"max-header-bytes", "Limits", "A larger request head is refused with 431.",
     size<&O::max_header_bytes, 256, 16 * mebi>},
    {"max-headers", "Limits", "More fields in a request head are refused with 431.",
     count<&O::max_headers, 1, 65535>},
    {"max-body-bytes", "Limits", "A larger request body is refused with 413.",
     size<&O::max_body_bytes, 0, tebi>},

    {"handler", "Handler", "Says what answers the requests; see the names below.", handler},
    {"think-time", "Handler", "The demo sleeps for so long; exp:20ms draws around a mean.",
     think_time},
    {"root", "Handler", "The folder of files; of cgi, the folder of programs or one program.",
     plain_text<&O::root, path, none>},
    {"listing", "Handler", "The files handler shows folders that have no index.html.",
     on_off<&O::listing>},
    {"writable", "Handler", "The files handler takes PUT and DELETE.", on_off<&O::writable>},
    {"make-folders", "Handler", "A PUT makes the folders that it needs.", on_off<&O::make_folders>},
    {"charset", "Handler", "Clients are told that files of text are in this character set.",
     text_or_off<&O::charset, charset_or_off, problem_with_charset>},
    {"cgi-env", "Handler", "Programs may see this variable. May be given several times.", cgi_env},
    {"cgi-authorization", "Handler", "Programs see the request's Authorization.",
     on_off<&O::cgi_authorization>},
    {"cgi-timeout", "Handler", "A program that is silent for so long is ended; 0 means never.",
     duration<&O::cgi_timeout, 0>},
    {"cgi-max-output", "Handler", "A program's answer may be so long; 0 means any length.",
     size<&O::cgi_max_output, 0, tebi>},
    {"plugin", "Handler",
     "The plugin handler loads this shared library, written for brood/plugin.h.",
     plain_text<&O::plugin, path, none>},
    {"plugin-arg", "Handler", "The library's start() is given this text.",
     plain_text<&O::plugin_arg, any_text, none>},

    {"verbose", "Logging",
     "Each change of the pool is logged; auto means on a terminal and with the short form.",
     choice<&O::verbose, verbosities>},
    {"log-format", "Logging", "Lines are for people or for machines.", choice<&O::log_format,
     log_formats>},
    {"log-level", "Logging", "Less important lines are left out.", choice<&O::log_level,
     log_levels>},
    {"log-file", "Logging", "Lines are written to this file.", plain_text<&O::log_file, path,
     to_stderr>},

    {"config", "Other", "Reads options from a file, as lines like min-spare = 5.", {"FILE"}},
    {"check", "Other", "Checks options and file, shows their values and starts nothing.", {}},
    {"help", "Other", "Shows this page.", {}},
    {"version", "Other", "Shows the version of brood.", {}},
    // clang-format on
});

constexpr auto names = [] {
  std::array<std::string_view, rows.size()> all;
  std::ranges::transform(rows, all.begin(), &OptionRow::name);
  return all;
}();

}  // namespace

std::span<const OptionRow> option_table() {
  return rows;
}

bool is_offered(const OptionRow& row, const ServeProgram& program) {
  return !program.handlers.empty() || row.group != "Handler";
}

bool has_use_for(const Model& model, const OptionRow& row) {
  return row.group != "Pool" || row.name == "model" || model.has_option(row.name);
}

const OptionRow* find_option(std::string_view name) {
  const auto* const row = std::ranges::find(rows, name, &OptionRow::name);
  return row == rows.end() ? nullptr : row;
}

std::string_view nearest_option(std::string_view name) {
  return nearest_option(name, names);
}

}  // namespace brood
