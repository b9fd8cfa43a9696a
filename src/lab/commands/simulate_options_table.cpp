#include "lab/commands/simulate_options_table.hpp"

#include <charconv>

#include "base/text.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;
using S = SimulateOptions;

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
  const auto service = read_think_time(text);
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

constexpr auto simulate_rows = std::to_array<SimulateOptionRow>({
    // clang-format off
    {"trace", "Load", "SHAPE|FILE.csv",
     "The load: steady, burst, sine, on-off, or a file of arrivals. [burst]", set_trace},
    {"rate", "Load", "R",
     "So many requests a second arrive at the peak; with burst, so many at once. [100]", set_rate},
    {"period", "Load", "TIME", "A burst, sine or on-off begins anew after this time. [10s]",
     [](S& o, std::string_view text) {
       return store(o.trace.period, read_duration(text, 10ms, 24h));
     }},
    {"duration", "Load", "TIME",
     "The run lasts so long; with a file, until 10s after its last arrival. [30s]",
     [](S& o, std::string_view text) { return store(o.duration, read_duration(text, 1s, 24h)); }},
    {"service-time", "Load", "TIME",
     "A request takes so long; exp:1s draws around a mean. [1s]", set_service},
    {"seed", "Load", "N",
     "All chance is drawn from this number: the same seed gives the same run. [1]",
     [](S& o, std::string_view text) {
       return store(o.seed, read_count(text, 0, 0xffff'ffff));
     }},

    {"start-delay", "Machine", "TIME", "A new worker can serve after this time. [2ms]",
     [](S& o, std::string_view text) { return store(o.start_delay, read_duration(text, 0s, 1h)); }},
    {"fork-cost", "Machine", "TIME", "One fork takes the supervisor so long. [500us]",
     [](S& o, std::string_view text) { return store(o.fork_cost, read_duration(text, 1us, 1s)); }},

    {"every", "Output", "TIME",
     "The table has a row for each such interval; unless given, there are 60 rows at most.",
     set_every},
    {"svg", "Output", "FILE", "Writes a plot of demand, total, busy and idle workers.",
     [](S& o, std::string_view text) -> std::optional<Problem> {
       return o.svg = text, std::nullopt;
     }},
    {"csv", "Output", "FILE", "Writes the rows as CSV.",
     [](S& o, std::string_view text) -> std::optional<Problem> {
       return o.csv = text, std::nullopt;
     }},
    {"help", "Other", "", "Shows this page."},
    {"version", "Other", "", "Shows the version of brood."},
    // clang-format on
});

}  // namespace

std::span<const SimulateOptionRow> simulate_option_table() {
  return simulate_rows;
}

std::string trace_name(const SimulateOptions& options) {
  if (!options.trace_path.empty()) return options.trace_path;
  return std::string(choice_name(shape_names, static_cast<std::size_t>(options.trace.shape)));
}

}  // namespace brood
