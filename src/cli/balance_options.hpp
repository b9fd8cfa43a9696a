#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "balance/forwarding/forward_settings.hpp"
#include "balance/health/prober.hpp"
#include "balance/routing/strategy.hpp"
#include "base/clock.hpp"
#include "cli/option_table.hpp"
#include "log/log.hpp"

namespace brood {

/// A server as --server names it, its host not yet looked up.
struct ServerText {
  std::string text;          ///< As it was given.
  std::string host;          ///< A name or an address, without brackets; empty for a path.
  std::uint16_t port = 0;    ///< 1 to 65535; 0 for a path.
  std::string path;          ///< Of a unix socket; empty for a host.
  std::string health;        ///< Where it is probed, as parse_endpoint() reads it; empty: there.
  std::uint32_t weight = 1;  ///< 1 to 256.
  std::uint32_t max = 0;     ///< Requests at once; 0: as its reports say.
  bool is_backup = false;

  friend bool operator==(const ServerText&, const ServerText&) = default;
};

/// What `brood balance` was asked to do, checked; the initialisers are the defaults. Each member is
/// the option of the same name, described in src/cli/balance_table.cpp.
struct BalanceOptions {
  enum class Compat : std::uint8_t { none, cse130 };
  using HashOf = HttpSettings::HashOf;

  std::vector<std::string> listens{"127.0.0.1:8080"};  ///< parse_endpoint() reads each; not empty.
  std::uint32_t unix_mode = 0;                         ///< Of socket files; 0: as the umask says.
  std::vector<ServerText> servers;                     ///< Not empty.
  ForwardSettings::Mode mode = ForwardSettings::Mode::http;
  Strategy strategy = RoutingSettings{}.strategy;
  HashOf hash_of = HashOf::client;
  std::string hash_header;  ///< With HashOf::header.
  Compat compat = Compat::none;

  std::uint32_t parallel = 1024;
  std::uint32_t max_queue = 1024;                    ///< 0: no bound.
  Duration queue_timeout = std::chrono::seconds{5};  ///< 0: no limit.
  std::uint32_t threads = 1;
  bool auto_threads = false;  ///< One for each processor that this process may use.

  Duration health_interval = std::chrono::seconds{3};
  std::uint32_t health_requests = 0;  ///< 0: never by requests.
  std::string health_path = "/healthcheck";
  std::string health_host;  ///< Empty: as the server is named.
  Duration health_timeout = std::chrono::seconds{2};
  ProbeSettings::Format health_format = ProbeSettings::Format::automatic;
  std::uint32_t health_rise = 2;
  std::uint32_t health_fall = 3;
  std::uint32_t probe_budget = 100;  ///< Probes a second.
  std::uint32_t eject_after = 5;     ///< Failures in a row; 0: never.
  Duration eject_time = std::chrono::seconds{10};
  std::uint32_t eject_share = 50;                  ///< Percent of the servers.
  Duration slow_start = std::chrono::seconds{10};  ///< 0: none.
  bool try_all = false;                            ///< --when-none.

  std::uint32_t retries = 2;
  std::uint32_t retry_budget = 20;  ///< Percent of the requests.
  Duration connect_timeout = std::chrono::seconds{1};
  Duration server_timeout = std::chrono::seconds{30};
  Duration client_timeout = std::chrono::seconds{30};
  Duration graceful_timeout = std::chrono::seconds{30};  ///< 0: cut at once.
  Duration header_timeout = HttpSettings{}.header_timeout;
  Duration keep_alive_timeout = HttpSettings{}.keep_alive_timeout;

  std::uint64_t max_header_bytes = 16 << 10;
  std::uint32_t max_headers = 100;
  std::uint64_t max_body_buffer = HttpSettings{}.body_held_max;
  bool server_header = false;
  std::string trusted_proxies;     ///< See parse_address_set(); empty: off.
  std::string trusted_forwarders;  ///< Likewise.
  ForwardSettings::SendProxy send_proxy = ForwardSettings::SendProxy::no;

  std::string access_log;       ///< Empty: off. "stderr": among the events.
  std::string pid_file{};       ///< Empty: none.
  std::string control{"auto"};  ///< See open_control().
  LogSettings log;

  friend bool operator==(const BalanceOptions&, const BalanceOptions&) = default;
};

/// What --check found in order.
struct BalanceCheckPassed {
  BalanceOptions options;
};
using BalanceParse = std::variant<BalanceOptions, OptionError, HelpText, BalanceCheckPassed>;

/// Reads the arguments after `brood balance`, and the file that --config names. The command line
/// wins over the file, the file over the default; --listen and --server on the command line replace
/// those of the file. --help wins over all. Ports among the options are the course's form: the
/// first one listens, the others are servers of this machine, and --compat is cse130.
///
/// With --compat cse130 the defaults are the course's: mode tcp, least-entries, 4 served at once,
/// no bound of the queue, a probe after 5 requests, a verdict by each probe.
BalanceParse parse_balance_options(std::span<const std::string> args,
                                   const ConfigReader& read_config);

/// The options, bound to those that it is to set.
OptionTable balance_table(BalanceOptions& options);

/// Every option with its effective value, in the order of the help page.
DescribedOptions describe(const BalanceOptions& options);

}  // namespace brood
