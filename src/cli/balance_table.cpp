#include <algorithm>

#include "cli/balance_options.hpp"
#include "cli/server_text.hpp"
#include "cli/shared_options.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;
using Value = OptionValue;
using Verdict = std::optional<Problem>;

constexpr std::uint32_t many = 1'000'000;
constexpr std::uint64_t head_most = 16ULL << 20;
constexpr std::uint64_t body_buffer_most = 64ULL << 20;

Value servers_of(std::vector<ServerText>& servers) {
  return {.unit = "HOST:PORT",
          .set = [&servers](std::string_view text) -> Verdict {
            auto server = read_server(text);
            if (!server) return server.error();
            servers.push_back(*std::move(server));
            return std::nullopt;
          },
          .show =
              [&servers] {
                Value::Texts texts;
                for (const ServerText& server : servers) texts.push_back(to_string(server));
                return texts;
              },
          .clear = [&servers] { servers.clear(); }};
}

Verdict set_hash_key(BalanceOptions& o, std::string_view text) {
  constexpr std::string_view header = "header:";
  if (text.starts_with(header) && text.size() > header.size()) {
    o.hash_of = BalanceOptions::HashOf::header;
    o.hash_header = text.substr(header.size());
    return std::nullopt;
  }
  o.hash_of = text == "path" ? BalanceOptions::HashOf::path : BalanceOptions::HashOf::client;
  if (text == "path" || text == "client") return std::nullopt;
  return Problem{"allowed: client, path, header:NAME"};
}

Value hash_key_of(BalanceOptions& o) {
  return {.unit = "KEY",
          .set = [&o](std::string_view text) { return set_hash_key(o, text); },
          .show = [&o]() -> Value::Texts {
            if (o.hash_of == BalanceOptions::HashOf::header) return {"header:" + o.hash_header};
            return {o.hash_of == BalanceOptions::HashOf::path ? "path" : "client"};
          }};
}

Value strategy_of(Strategy& strategy) {
  return Value::one_of("NAME", joined(strategy_names),
                       {[&strategy](std::size_t index) { strategy = static_cast<Strategy>(index); },
                        [&strategy] { return static_cast<std::size_t>(strategy); }});
}

Verdict problem_with_path(std::string_view text) {
  if (text == "off") return Problem{"write a path that begins with /, or --health-format off"};
  const auto refused = [](char byte) { return byte <= ' ' || byte > '~' || byte == '#'; };
  if (!text.starts_with('/') || std::ranges::any_of(text, refused))
    return Problem{"write a path that begins with / and has no blank and no #"};
  return std::nullopt;
}

Verdict problem_with_host(std::string_view text) {
  const auto refused = [](char byte) {
    return byte <= ' ' || byte > '~' || byte == '/' || byte == '@';
  };
  if (text.empty() || std::ranges::any_of(text, refused))
    return Problem{"write a name, or NAME:PORT, as a Host says it; or server"};
  return std::nullopt;
}

std::vector<Option> listening_options(BalanceOptions& o) {
  return {
      // clang-format off
    listen_option(o.listens),
    unix_mode_option(o.unix_mode),
    {"server", "Listening",
     "Requests are forwarded to this server, also unix:PATH; ,weight=N ,max=N ,backup and "
     ",health=PLACE may follow. May be given several times.", servers_of(o.servers)},
    {"mode", "Listening",
     "Mode http forwards each request by itself; tcp forwards whole connections of any protocol.",
     Value::choice(o.mode, "http|tcp")},
    {"compat", "Listening", "With cse130, it behaves as the load balancer of that course.",
     Value::choice(o.compat, "none|cse130")},
      // clang-format on
  };
}

std::vector<Option> choice_options(BalanceOptions& o) {
  return {
      // clang-format off
    {"strategy", "Choice", "A server is chosen by this rule; see the names below.",
     strategy_of(o.strategy)},
    {"hash-key", "Choice",
     "The strategy hash chooses by the client's address, by path or by header:NAME.",
     hash_key_of(o)},
    {"parallel", "Choice",
     "At most this many requests, or connections in mode tcp, are served at once.",
     Value::count(o.parallel, 1, many), 'N'},
    {"max-queue", "Choice",
     "At most this many more wait until they can be served; 0 means any number.",
     Value::count(o.max_queue, 0, many)},
    {"queue-timeout", "Choice", "They wait at most this long; 0 means for ever.",
     Value::duration(o.queue_timeout, 0s)},
    {"when-none", "Choice",
     "While no server is healthy, clients are refused (fail), or all servers are tried.",
     Value::choice(o.try_all, "fail|try-all")},
    {"slow-start", "Choice",
     "A server that has recovered is sent more and more requests, as many as others after this "
     "time; 0 means at once.", Value::duration(o.slow_start, 0s)},
    {"retries", "Choice", "A request that failed is sent again at most this many times.",
     Value::count(o.retries, 0, 100)},
    {"retry-budget", "Choice", "Retries are at most this percentage of all requests.",
     Value::count(o.retry_budget, 0, 100)},
    {"threads", "Choice", "This many threads forward requests; auto: one for each processor.",
     Value::or_auto(Value::count(o.threads, 1, 256), o.auto_threads)},
      // clang-format on
  };
}

std::vector<Option> health_options(BalanceOptions& o) {
  return {
      // clang-format off
    {"health-interval", "Health", "Each server is probed again after this time.",
     Value::duration(o.health_interval, 1ms), 'X'},
    {"health-requests", "Health",
     "A server is also probed after this many requests; 0 means by time only.",
     Value::count(o.health_requests, 0, many), 'R'},
    {"health-path", "Health", "Probes request this path.",
     Value::text(o.health_path, "PATH", "", problem_with_path)},
    {"health-host", "Health",
     "Probes name this Host; server means the name that the server was given by.",
     Value::text(o.health_host, "HOST", "server", problem_with_host)},
    {"health-timeout", "Health",
     "A probe must connect and receive its whole reply within this time.",
     Value::duration(o.health_timeout, 1ms)},
    {"health-format", "Health",
     "A good reply to a probe is a health document (entries), a status of 200 to 399, or just a "
     "connection; auto takes what the server has.",
     Value::choice(o.health_format, "auto|entries|status|connect|off")},
    {"health-rise", "Health", "A server is up after this many successful probes in a row.",
     Value::count(o.health_rise, 1, 1000)},
    {"health-fall", "Health", "A server is down after this many failed probes in a row.",
     Value::count(o.health_fall, 1, 1000)},
    {"probe-budget", "Health", "At most this many probes start in a second, of all servers.",
     Value::count(o.probe_budget, 1, 100'000)},
    {"eject-after", "Health",
     "A server is ejected after this many failed requests in a row; 0 means never.",
     Value::count(o.eject_after, 0, many)},
    {"eject-time", "Health",
     "The first ejection lasts this long, each further one in a row twice as long.",
     Value::duration(o.eject_time, 1ms)},
    {"eject-share", "Health",
     "At most this percentage of the servers is ejected at the same time.",
     Value::count(o.eject_share, 0, 100)},
      // clang-format on
  };
}

std::vector<Option> timeout_options(BalanceOptions& o) {
  return {
      // clang-format off
    {"connect-timeout", "Time-outs", "A server must accept a connection within this time.",
     Value::duration(o.connect_timeout, 1ms)},
    {"server-timeout", "Time-outs", "A server must send its next bytes within this time.",
     Value::duration(o.server_timeout, 1ms)},
    {"client-timeout", "Time-outs", "A client must send or take the next bytes within this time.",
     Value::duration(o.client_timeout, 1ms)},
    {"header-timeout", "Time-outs", "A client must send the whole request head within this time.",
     Value::duration(o.header_timeout, 1ms)},
    {"keep-alive-timeout", "Time-outs",
     "A connection may stay idle this long until its next request.",
     Value::duration(o.keep_alive_timeout, 1ms)},
    {"graceful-timeout", "Time-outs", "At a stop, requests in progress have this long to finish.",
     Value::duration(o.graceful_timeout, 0s)},
      // clang-format on
  };
}

std::vector<Option> http_options(BalanceOptions& o) {
  return {
      // clang-format off
    {"max-header-bytes", "HTTP", "A head larger than this is refused with 431.",
     Value::size(o.max_header_bytes, 256, head_most)},
    {"max-headers", "HTTP", "A head with more fields than this is refused with 431.",
     Value::count(o.max_headers, 1, 65535)},
    {"max-body-buffer", "HTTP",
     "This much of a request's body is read before a server is chosen.",
     Value::size(o.max_body_buffer, 0, body_buffer_most)},
    {"server-header", "HTTP", "The field X-Brood-Server tells clients which server answered.",
     Value::choice(o.server_header, "off|on")},
    {"send-proxy", "HTTP",
     "Servers are told the client's address by a PROXY header of this version.",
     Value::choice(o.send_proxy, "off|v1|v2")},
    trusted_proxies_option(o.trusted_proxies, "HTTP"),
    trusted_forwarders_option(o.trusted_forwarders, "HTTP"),
    {"access-log", "Logging",
     "Each request is logged in a line, to this file or, with stderr, among the events.",
     Value::text(o.access_log, "off|stderr|PATH", "off")},
      // clang-format on
  };
}

}  // namespace

OptionTable balance_table(BalanceOptions& o) {
  return {"brood balance",
          in_order(listening_options(o), {choice_options(o),
                                          health_options(o),
                                          timeout_options(o),
                                          http_options(o),
                                          logging_options(o.log),
                                          {pid_file_option(o.pid_file), control_option(o.control)},
                                          parser_options()})};
}

}  // namespace brood
