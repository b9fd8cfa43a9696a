#include <array>
#include <charconv>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/shared_options.hpp"
#include "lab/commands/simulate_options.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;
using S = SimulateOptions;
using Value = OptionValue;

constexpr std::string_view shape_names = "steady|burst|sine|on-off";

std::optional<Problem> set_trace(S& options, std::string_view text) {
  if (text.ends_with(".csv")) return options.trace_path = text, std::nullopt;
  const auto shape = read_choice(text, shape_names);
  if (shape) return options.trace.shape = static_cast<TraceShape>(*shape), std::nullopt;
  std::array<std::string_view, 4> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = choice_name(shape_names, i);
  const std::string_view nearest = nearest_name(text, names);
  const std::string hint = nearest.empty() ? "" : "did you mean " + std::string(nearest) + "? ";
  return Problem{hint + shape.error().text + ", or a file whose name ends in .csv"};
}

std::optional<Problem> set_rate(S& options, std::string_view text) {
  double rate = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), rate, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !(rate >= 0.001 && rate <= 1e6))
    return Problem{"write requests a second, a decimal number from 0.001 to 1000000"};
  options.trace.rate = rate;
  return std::nullopt;
}

std::optional<Problem> set_service(S& options, std::string_view text) {
  const auto service = read_service_time(text);
  if (!service) return service.error();
  options.trace.service = service->mean;
  options.trace.exponential_service = service->exponential;
  return std::nullopt;
}

std::optional<Problem> set_every(S& options, std::string_view text) {
  const auto every = read_duration(text, 1s, 24h);
  if (!every) return every.error();
  if (*every % 1s != 0s) return Problem{"must be whole seconds: the regulator ticks once a second"};
  options.every = *every;
  return std::nullopt;
}

std::vector<Option> load_options(S& o) {
  return {
      // clang-format off
    {"trace", "Load", "The load is steady, burst, sine, on-off, or a file of arrivals.",
     {.unit = "SHAPE|FILE.csv",
      .set = [&o](std::string_view text) { return set_trace(o, text); },
      .show = [&o] { return Value::Texts{trace_name(o)}; }}},
    {"rate", "Load",
     "This many requests a second arrive at the peak; with burst, this many at once. [100]",
     {.unit = "R", .set = [&o](std::string_view text) { return set_rate(o, text); }}},
    {"period", "Load", "A burst, sine or on-off begins anew after this time.",
     Value::duration(o.trace.period, 10ms)},
    {"duration", "Load",
     "The run lasts this long; with a file, until 10s after its last arrival. [30s]",
     Value::duration(o.duration, 1s, 24h)},
    {"service-time", "Load", "A request takes this long; exp:1s draws around a mean. [1s]",
     {.unit = "TIME", .set = [&o](std::string_view text) { return set_service(o, text); }}},
    {"seed", "Load",
     "All chance is drawn from this number: the same seed gives the same run.",
     Value::count(o.seed, 0, 0xffff'ffff)},
      // clang-format on
  };
}

/// The options that `brood serve` has as well.
std::vector<Option> pool_options(S& o) {
  constexpr std::array<std::string_view, 7> shared{
      "policy",      "start-workers", "min-spare",          "max-spare",
      "max-workers", "max-requests",  "max-requests-jitter"};
  const OptionTable serve = serve_table(o.pool, {});
  std::vector<Option> options;
  for (const std::string_view name : shared) {
    options.push_back(*serve.find(name));
    options.back().group = "Pool, as of brood serve";
  }
  return options;
}

std::vector<Option> other_options(S& o) {
  return {
      // clang-format off
    {"start-delay", "Machine", "A new worker can serve after this time.",
     Value::duration(o.start_delay, 0s, 1h)},
    {"fork-cost", "Machine", "One fork takes the supervisor this long.",
     Value::duration(o.fork_cost, 1us, 1s)},

    {"every", "Output",
     "The table has a row for each such interval; unless given, there are 60 rows at most.",
     {.unit = "TIME", .set = [&o](std::string_view text) { return set_every(o, text); }}},
    {"svg", "Output", "A plot of demand, total, busy and idle workers is written to this file.",
     Value::text(o.svg, "FILE", "")},
    {"csv", "Output", "The rows are written to this file as CSV.",
     Value::text(o.csv, "FILE", "")},
    {"help", "Other", "Shows this page."},
    {"version", "Other", "Shows the version of brood."},
      // clang-format on
  };
}

}  // namespace

OptionTable simulate_table(S& o) {
  return {"brood simulate", in_order(load_options(o), {pool_options(o), other_options(o)})};
}

std::string trace_name(const SimulateOptions& options) {
  if (!options.trace_path.empty()) return options.trace_path;
  return std::string(choice_name(shape_names, static_cast<std::size_t>(options.trace.shape)));
}

}  // namespace brood
