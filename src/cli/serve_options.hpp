#pragma once
// cli: level 6. Options, config file, log set-up, one file per command, main. It turns what a
// person typed into values, hands them to the layers below and prints what they give back;
// nothing in here that another layer would want to call.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "cli/option_table.hpp"
#include "log/log.hpp"
#include "serve/models/models.hpp"
#include "serve/pool/limits.hpp"

namespace brood {

/// What `brood serve` was asked to do, checked; the initialisers are the defaults. Each member is
/// the option of the same name, described in src/cli/serve_table.cpp.
struct ServeOptions {
  enum class Verbose : std::uint8_t { automatic, on, off };  ///< Automatic: on a terminal.
  using ThinkTime = ServiceTime;

  std::vector<std::string> listens{"127.0.0.1:8080"};  ///< parse_endpoint() reads each; not empty.
  std::uint32_t unix_mode = 0;                         ///< Of socket files; 0: as the umask says.
  std::uint32_t backlog = 4096;
  const Model* model = &models().front();
  std::uint32_t connections_per_worker = 1;  ///< Of `prefork`; unset, 1024 in other models.
  std::uint32_t threads = 8;                 ///< At most connections_per_worker.
  bool auto_threads = false;                 ///< As many as fit the machine, see AutoSize.

  // 1 <= start_workers <= max_workers, 0 <= min_spare <= max_spare <= max_workers.
  std::uint32_t start_workers = 5;
  std::uint32_t min_spare = 5;
  std::uint32_t max_spare = 10;
  std::uint32_t max_workers = 256;  ///< Or `unlimited`, where the model has no pool.
  bool auto_workers = false;        ///< max_workers is what fits the machine.
  Policy policy = Policy::exponential;
  bool epoll_exclusive = true;

  std::uint32_t max_requests = 0;  ///< Connections; 0: a worker is never recycled.
  std::uint32_t max_requests_jitter = 0;

  Duration keep_alive_timeout = std::chrono::seconds{5};       ///< 0: close after each response.
  Duration keep_alive_drain = std::chrono::milliseconds{200};  ///< 0: close at once.
  Duration header_timeout = std::chrono::seconds{10};          ///< Never 0.
  Duration body_timeout = std::chrono::seconds{30};            ///< Never 0.
  Duration write_timeout = std::chrono::seconds{30};           ///< Never 0.
  std::uint64_t min_rate = 128;                                ///< Bytes a second; 0: any rate.
  Duration request_timeout = std::chrono::seconds{60};         ///< 0: no limit.
  Duration graceful_timeout = std::chrono::seconds{30};        ///< 0: cut at once.
  std::uint32_t max_generations = 2;                           ///< Old ones, after reloads. >= 1.

  std::uint64_t max_header_bytes = 16 << 10;
  std::uint32_t max_headers = 100;
  std::uint64_t max_body_bytes = 16 << 20;

  std::string handler = "demo";
  ThinkTime think_time;
  std::string root;  ///< Of files and cgi; empty: none.
  bool listing = false;
  bool writable = false;
  bool make_folders = false;
  std::string charset = "utf-8";     ///< Empty: off.
  std::vector<std::string> cgi_env;  ///< Names of variables.
  bool cgi_authorization = false;
  Duration cgi_timeout = std::chrono::seconds{30};  ///< 0: no limit.
  std::uint64_t cgi_max_output = 0;                 ///< 0: no limit.
  std::string plugin;                               ///< Empty: none.
  std::string plugin_arg;                           ///< May be empty.
  std::string health_path = "/healthcheck";         ///< Empty: off.
  std::string trusted_proxies;                      ///< See parse_address_set(); empty: off.
  std::string trusted_forwarders;                   ///< Likewise.
  std::string health_listen;                        ///< As `listens`; empty: off.

  std::string access_log{};  ///< Empty: off; "stderr", "syslog" or a path.
  std::string access_log_format = "combined";

  Verbose verbose = Verbose::automatic;
  LogSettings log;
  std::string pid_file{};       ///< Empty: none.
  std::string control{"auto"};  ///< See open_control().

  friend bool operator==(const ServeOptions&, const ServeOptions&) = default;
};

struct CheckPassed {
  ServeOptions options;  ///< What --check found in order.
};
using ServeParse = std::variant<ServeOptions, OptionError, HelpText, CheckPassed>;

/// The program whose options these are.
struct ServeProgram {
  std::string_view command = "brood serve";  ///< As a person types it.
  std::span<const std::string_view>
      handlers;  ///< Empty: it has one of its own, and no option is about a handler.
};

/// Reads the arguments after `brood serve`, and the file that --config names. The command line
/// wins over the file, the file over the default; --listen on the command line replaces every
/// listen of the file. Whatever is wrong anywhere, also where it is overridden, is an error;
/// --help wins over all. Prints nothing and never exits.
///
/// The counts of the pool must fit each other. Defaults yield to what was set lower: an unset
/// max-spare and start-workers sink to max-workers, an unset min-spare to max-spare. Nothing is
/// ever raised: `--min-spare 11` alone is refused, as it is above the default of max-spare. And
/// start-workers does not follow max-spare: that would make a static pool of `--max-spare 3`.
/// With the short form, verbose is on unless somebody says otherwise.
/// An unset connections-per-worker follows the model, and an option of the pool that the model has
/// no use for is refused.
ServeParse parse_serve_options(std::span<const std::string> args, const ServeProgram& program,
                               const ConfigReader& read_config);

/// The options of a program, bound to those that it is to set.
OptionTable serve_table(ServeOptions& options, const ServeProgram& program);

/// Every option of the program and its model with its effective value, in the order of the help
/// page, written as the option would be. An option that is repeated comes once for each value.
DescribedOptions describe(const ServeOptions& options, const ServeProgram& program);

}  // namespace brood
