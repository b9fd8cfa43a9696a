#include "cli/balance_options.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "cli/help_page.hpp"
#include "os/machine_limits.hpp"

namespace brood {
namespace {

constexpr std::string_view course_form =
    "write brood balance PORT SERVER-PORT..., as in brood balance 1234 8080 8081";

/// The ports of the course's form, if there are any, become the options that they stand for.
std::optional<OptionError> expand_ports(GivenOptions& given) {
  const std::vector<std::string>& ports = given.positional;
  for (const std::string& port : ports)
    if (!read_count(port, 1, 65535))
      return OptionError{shown(port) + " is no port: a port is a number from 1 to 65535: " +
                         std::string(course_form)};
  if (ports.empty()) return std::nullopt;
  given.typed.push_back({.name = "compat", .value = "cse130"});
  given.typed.push_back({.name = "listen", .value = "127.0.0.1:" + ports.front()});
  for (const std::string& port : std::span(ports).subspan(1))
    given.typed.push_back({.name = "server", .value = "127.0.0.1:" + port});
  return std::nullopt;
}

std::string balance_page(const OptionTable& table) {
  return "Usage: brood balance --server HOST:PORT... [OPTION...]\n"
         "       brood balance PORT SERVER-PORT... [-N n] [-R r] [OPTION...]\n"
         "Stands in front of servers and spreads requests over those that are healthy.\n" +
         table.help() + "\nTIME: 250ms, 3s, 5m. SIZE: 64k, 16M.\n" +
         listed("Strategies", strategy_names) + "docs/balancing.md tells what they do.\n";
}

BalanceOptions course_defaults() {
  BalanceOptions options;
  options.compat = BalanceOptions::Compat::cse130;
  options.mode = ForwardSettings::Mode::tcp;
  options.strategy = Strategy::least_entries;
  options.parallel = 4;
  options.max_queue = 0;
  options.queue_timeout = Duration{0};
  options.health_requests = 5;
  options.health_format = ProbeSettings::Format::entries;
  options.health_rise = options.health_fall = 1;
  options.eject_after = 0;
  options.slow_start = Duration{0};
  return options;
}

bool is_course(std::span<const OptionEntry> entries) {
  return std::ranges::any_of(entries, [](const OptionEntry& entry) {
    return entry.name == "compat" && entry.value == "cse130";
  });
}

/// What options of their own are right do not fit each other.
std::optional<OptionError> check(const BalanceOptions& options) {
  if (options.servers.empty())
    return OptionError{
        "there is no server: name one with --server HOST:PORT, or write ports, as "
        "in brood balance 1234 8080 8081"};
  if (options.compat == BalanceOptions::Compat::cse130 && options.health_requests == 0)
    return OptionError{"--health-requests 0: must be at least 1 with --compat cse130"};
  if (options.mode == ForwardSettings::Mode::tcp && options.strategy == Strategy::hash &&
      options.hash_of != BalanceOptions::HashOf::client)
    return OptionError{"--hash-key: only client is known in mode tcp"};
  return std::nullopt;
}

}  // namespace

BalanceParse parse_balance_options(std::span<const std::string> args,
                                   const ConfigReader& read_config) {
  BalanceOptions options;
  const OptionTable table = balance_table(options);
  if (auto page = page_asked_for(args, [&] { return balance_page(table); }))
    return HelpText{*std::move(page)};
  auto read = table.read(args, read_config);
  if (const auto* const error = std::get_if<OptionError>(&read)) return *error;
  auto& given = std::get<GivenOptions>(read);
  if (auto error = expand_ports(given)) return *error;
  if (is_course(given.typed) || is_course(given.file)) options = course_defaults();
  if (auto error = table.apply(given.file)) return *error;
  if (auto error = table.apply(given.typed)) return *error;
  if (auto error = check(options)) return *error;
  if (options.auto_threads) options.threads = std::min(cpu_limit().cpus, 256U);
  if (find_entry(given.typed, "check") != nullptr) return BalanceCheckPassed{std::move(options)};
  return options;
}

DescribedOptions describe(const BalanceOptions& options) {
  BalanceOptions copy = options;
  return balance_table(copy).describe();
}

}  // namespace brood
