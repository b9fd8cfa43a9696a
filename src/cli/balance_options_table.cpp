#include "cli/balance_options_table.hpp"

#include <algorithm>
#include <array>

#include "base/units.hpp"
#include "cli/server_text.hpp"

namespace brood {
namespace {

using O = BalanceOptions;
using Row = BalanceOptionRow;
using Texts = std::vector<std::string>;
using Verdict = std::optional<Problem>;

template <auto member, std::uint32_t least, std::uint32_t most>
constexpr Row count(std::string_view name, std::string_view group, std::string_view help,
                    char letter = 0) {
  return {
      name,
      letter,
      group,
      "N",
      help,
      [](O& o, std::string_view text) { return store(o.*member, read_count(text, least, most)); },
      [](const O& o) { return Texts{std::to_string(o.*member)}; }};
}

/// A day at most, as in `brood serve`.
template <auto member, std::int64_t least_ms>
constexpr Row duration(std::string_view name, std::string_view group, std::string_view help,
                       char letter = 0) {
  return {name,
          letter,
          group,
          "TIME",
          help,
          [](O& o, std::string_view text) {
            return store(o.*member, read_duration(text, std::chrono::milliseconds{least_ms},
                                                  std::chrono::hours{24}));
          },
          [](const O& o) { return Texts{format_duration(o.*member)}; }};
}

template <auto member, std::uint64_t least, std::uint64_t most>
constexpr Row size(std::string_view name, std::string_view group, std::string_view help) {
  return {
      name,
      0,
      group,
      "SIZE",
      help,
      [](O& o, std::string_view text) { return store(o.*member, read_size(text, least, most)); },
      [](const O& o) { return Texts{format_size(o.*member)}; }};
}

/// `names` are those of the enumerators in their order, with `|` between.
template <auto member, const std::string_view& names>
constexpr Row choice(std::string_view name, std::string_view group, std::string_view help) {
  return {name,
          0,
          group,
          names,
          help,
          [](O& o, std::string_view text) -> Verdict {
            const auto index = read_choice(text, names);
            if (!index) return index.error();
            o.*member = static_cast<std::remove_reference_t<decltype(o.*member)>>(*index);
            return std::nullopt;
          },
          [](const O& o) {
            return Texts{std::string(choice_name(names, static_cast<std::size_t>(o.*member)))};
          }};
}

/// `unset` is how the empty text is written.
template <auto member, const std::string_view& unset>
constexpr Row text_of(std::string_view name, std::string_view group, std::string_view value_name,
                      std::string_view help) {
  return {name,
          0,
          group,
          value_name,
          help,
          [](O& o, std::string_view text) -> Verdict {
            o.*member = text == unset ? "" : text;
            return std::nullopt;
          },
          [](const O& o) { return Texts{(o.*member).empty() ? std::string(unset) : o.*member}; }};
}

constexpr std::string_view modes = "http|tcp";
constexpr std::string_view formats = "auto|entries|status|connect|off";
constexpr std::string_view none_rules = "fail|try-all";
constexpr std::string_view switches_off = "off|on";
constexpr std::string_view proxy_versions = "off|v1|v2";
constexpr std::string_view compats = "none|cse130";
constexpr std::string_view log_formats = "text|json";
constexpr std::string_view log_levels = "debug|info|warn|error";
constexpr std::string_view off = "off";
constexpr std::string_view as_server = "server";
constexpr std::string_view to_stderr = "stderr";

Verdict set_listen(O& o, std::string_view text) {
  o.listens.emplace_back(text);
  return problem_with_endpoint(text);
}

Verdict set_server(O& o, std::string_view text) {
  auto server = read_server(text);
  if (!server) return server.error();
  o.servers.push_back(*std::move(server));
  return std::nullopt;
}

Texts show_servers(const O& o) {
  Texts texts;
  for (const ServerText& server : o.servers) texts.push_back(to_string(server));
  return texts;
}

Verdict set_strategy(O& o, std::string_view text) {
  if (const auto strategy = strategy_named(text)) {
    o.strategy = *strategy;
    return std::nullopt;
  }
  std::string list;
  for (const std::string_view name : strategy_names)
    list.append(list.empty() ? "" : ", ").append(name);
  return Problem{"allowed: " + list};
}

Verdict set_hash_key(O& o, std::string_view text) {
  constexpr std::string_view header = "header:";
  if (text.starts_with(header) && text.size() > header.size()) {
    o.hash_of = O::HashOf::header;
    o.hash_header = text.substr(header.size());
    return std::nullopt;
  }
  o.hash_of = text == "path" ? O::HashOf::path : O::HashOf::client;
  if (text == "path" || text == "client") return std::nullopt;
  return Problem{"allowed: client, path, header:NAME"};
}

Texts show_hash_key(const O& o) {
  if (o.hash_of == O::HashOf::header) return {"header:" + o.hash_header};
  return {o.hash_of == O::HashOf::path ? "path" : "client"};
}

Verdict set_health_path(O& o, std::string_view text) {
  if (text == off) return Problem{"write a path that begins with /, or --health-format off"};
  const auto refused = [](char byte) { return byte <= ' ' || byte > '~' || byte == '#'; };
  if (!text.starts_with('/') || std::ranges::any_of(text, refused))
    return Problem{"write a path that begins with / and has no blank and no #"};
  o.health_path = text;
  return std::nullopt;
}

Verdict set_health_host(O& o, std::string_view text) {
  const auto refused = [](char byte) {
    return byte <= ' ' || byte > '~' || byte == '/' || byte == '@';
  };
  if (text.empty() || std::ranges::any_of(text, refused))
    return Problem{"write a name, or NAME:PORT, as a Host says it; or server"};
  o.health_host = text == as_server ? "" : text;
  return std::nullopt;
}

template <auto Member>
Verdict set_addresses(O& o, std::string_view text) {
  o.*Member = text == off ? "" : text;
  return text == off ? std::nullopt : problem_with_addresses(text);
}

template <auto Member>
Texts show_addresses(const O& o) {
  return {(o.*Member).empty() ? std::string(off) : o.*Member};
}

constexpr std::uint32_t many = 1'000'000;
constexpr std::uint64_t mebi = 1ULL << 20;

constexpr auto rows = std::to_array<Row>({
    // clang-format off
    {"listen", 0, "Listening", "ADDR:PORT",
     "Serves here; also [::]:PORT or unix:PATH. May be given several times.", set_listen,
     [](const O& o) { return o.listens; }, [](O& o) { o.listens.clear(); }},
    {"unix-mode", 0, "Listening", "MODE|umask",
     "Socket files get these permissions, as 0660; umask means what the umask leaves.",
     [](O& o, std::string_view text) { return store(o.unix_mode, read_unix_mode(text)); },
     [](const O& o) { return Texts{format_unix_mode(o.unix_mode)}; }},
    {"server", 0, "Listening", "HOST:PORT",
     "Stands in front of this server, also unix:PATH; ,weight=N ,max=N ,backup and ,health=PLACE "
     "may follow. May be given several times.",
     set_server, show_servers, [](O& o) { o.servers.clear(); }},
    choice<&O::mode, modes>("mode", "Listening",
     "Forwards requests one by one, or whole connections of any protocol."),
    choice<&O::compat, compats>("compat", "Listening", "Behaves as the course's balancer."),

    {"strategy", 0, "Choice", "NAME", "Says how a server is chosen; see the names below.",
     set_strategy,
     [](const O& o) { return Texts{std::string(to_string(o.strategy))}; }},
    {"hash-key", 0, "Choice", "KEY", "The strategy hash goes by client, path or header:NAME.",
     set_hash_key,
     show_hash_key},
    count<&O::parallel, 1, many>("parallel", "Choice",
     "So many requests, or connections in mode tcp, are served at once.", 'N'),
    count<&O::max_queue, 0, many>("max-queue", "Choice",
     "So many more may wait for a place; 0 means any number."),
    duration<&O::queue_timeout, 0>("queue-timeout", "Choice",
     "They may wait for so long; 0 means for ever."),
    choice<&O::try_all, none_rules>("when-none", "Choice",
     "When no server is well, clients are refused, or all servers are tried."),
    duration<&O::slow_start, 0>("slow-start", "Choice",
     "A server that comes back gets its full share after this time; 0 means at once."),
    count<&O::retries, 0, 100>("retries", "Choice",
     "A request that failed may be sent again so often."),
    count<&O::retry_budget, 0, 100>("retry-budget", "Choice",
     "Retries may be so many percent of the requests."),
    count<&O::threads, 1, 256>("threads", "Choice", "So many threads forward."),

    duration<&O::health_interval, 1>("health-interval", "Health",
     "So much time passes between two probes of a server.", 'X'),
    count<&O::health_requests, 0, many>("health-requests", "Health",
     "A server is probed after so many requests as well; 0 means by time only.",
                                        'R'),
    {"health-path", 0, "Health", "PATH", "Probes ask for this path.", set_health_path,
     [](const O& o) { return Texts{o.health_path}; }},
    {"health-host", 0, "Health", "HOST",
     "Probes name this host; server means the name that the server was given by.",
     set_health_host,
     [](const O& o) {
       return Texts{o.health_host.empty() ? std::string(as_server) : o.health_host};
     }},
    duration<&O::health_timeout, 1>("health-timeout", "Health",
     "A probe's connect and its whole reply must come within this time."),
    choice<&O::health_format, formats>("health-format", "Health",
     "Says what a good reply is: a health document, a status or a connection; auto takes what the "
      "server has."),
    count<&O::health_rise, 1, 1000>("health-rise", "Health",
     "So many good probes in a row bring a server up."),
    count<&O::health_fall, 1, 1000>("health-fall", "Health",
     "So many failed probes in a row take it down."),
    count<&O::probe_budget, 1, 100'000>("probe-budget", "Health",
     "No more probes than these start in a second."),
    count<&O::eject_after, 0, many>("eject-after", "Health",
     "A server is ejected after so many failed requests in a row; 0 means never."),
    duration<&O::eject_time, 1>("eject-time", "Health",
     "The first ejection lasts so long, each next one twice as long."),
    count<&O::eject_share, 0, 100>("eject-share", "Health",
     "At most so many percent of the servers are ejected at a time."),

    duration<&O::connect_timeout, 1>("connect-timeout", "Time-outs",
     "A server must be connected within this time."),
    duration<&O::server_timeout, 1>("server-timeout", "Time-outs",
     "A server's next bytes must come within this time."),
    duration<&O::client_timeout, 1>("client-timeout", "Time-outs",
     "A client must go on within this time."),
    duration<&O::header_timeout, 1>("header-timeout", "Time-outs",
     "A whole request head must come within this time."),
    duration<&O::keep_alive_timeout, 1>("keep-alive-timeout", "Time-outs",
                                        "A kept connection waits so long for the next request."),
    duration<&O::graceful_timeout, 0>("graceful-timeout", "Time-outs",
                                      "What is in hand at a stop may take so long."),

    size<&O::max_header_bytes, 256, 16 * mebi>("max-header-bytes", "HTTP",
     "A larger head is refused with 431."),
    count<&O::max_headers, 1, 65535>("max-headers", "HTTP",
     "More fields in a head are refused with 431."),
    size<&O::max_body_buffer, 0, 64 * mebi>("max-body-buffer", "HTTP",
                                            "So much of a body is read before a server is asked."),
    choice<&O::server_header, switches_off>("server-header", "HTTP",
                                            "The field X-Brood-Server tells clients who answered."),
    choice<&O::send_proxy, proxy_versions>("send-proxy", "HTTP",
                                           "Servers are told of the client by a PROXY header of "
                                           "this version."),
    {"trusted-proxies", 0, "HTTP", "ADDR[/LEN],...|off",
      "Connections from these addresses, ADDR[/LEN] or unix with commas between, begin with a "
      "PROXY header that names the client.",
      set_addresses<&O::trusted_proxies>, show_addresses<&O::trusted_proxies>},
     {"trusted-forwarders", 0, "HTTP", "ADDR[/LEN],...|off",
      "Connections from these addresses are believed what Forwarded and X-Forwarded-* say of the "
      "client.",
      set_addresses<&O::trusted_forwarders>, show_addresses<&O::trusted_forwarders>},

    text_of<&O::access_log, off>("access-log", "Logging", "off|stderr|PATH",
                                 "Each request is logged in a line, here or among the events."),
    choice<&O::log_format, log_formats>("log-format", "Logging",
     "Lines are for people or for machines."),
    choice<&O::log_level, log_levels>("log-level", "Logging", "Less important lines are left out."),
    text_of<&O::log_file, to_stderr>("log-file", "Logging", "PATH",
                                     "Lines are written to this file."),

    {"config", 0, "Other", "FILE", "Reads options from a file, as lines like mode = tcp."},
    {"check", 0, "Other", "", "Checks options and file, shows their values and starts nothing."},
    {"help", 0, "Other", "", "Shows this page."},
    {"version", 0, "Other", "", "Shows the version of brood."},
    // clang-format on
});

}  // namespace

std::span<const BalanceOptionRow> balance_option_table() {
  return rows;
}

const BalanceOptionRow* find_balance_option(std::string_view name) {
  const auto* const row = std::ranges::find(rows, name, &Row::name);
  return row == rows.end() ? nullptr : row;
}

}  // namespace brood
