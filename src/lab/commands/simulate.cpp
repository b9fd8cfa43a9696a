#include "lab/commands/simulate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <ostream>

#include "base/units.hpp"
#include "cli/complain.hpp"
#include "cli/exit_status.hpp"
#include "cli/option_entry.hpp"
#include "lab/commands/output_file.hpp"
#include "lab/commands/simulate_balance.hpp"
#include "lab/commands/simulate_options.hpp"
#include "lab/sim/run_report.hpp"
#include "lab/sim/trace_csv.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

/// The load of a run, and when the run ends.
struct Load {
  std::vector<Arrival> arrivals;
  Duration duration;
};

/// A file's load lasts as long as asked, or for a while after its last arrival.
Load bounded(std::vector<Arrival> arrivals, std::optional<Duration> duration) {
  if (!duration) {
    const Duration last = arrivals.empty() ? 0s : arrivals.back().at;
    duration = std::chrono::ceil<std::chrono::seconds>(last) + 10s;
  }
  std::erase_if(arrivals, [&](const Arrival& arrival) { return arrival.at >= *duration; });
  return {std::move(arrivals), *duration};
}

std::variant<Load, OptionError> load_of(const SimulateOptions& options) {
  const std::string& path = options.trace_path;
  if (path.empty()) {
    Load load{make_trace(options.trace, options.seed), options.trace.duration};
    if (!load.arrivals.empty()) return load;
    return OptionError{"no request arrives within --duration " + format_duration(load.duration) +
                       ": raise --rate or --duration"};
  }
  const auto text = read_file(path);
  if (!text)
    return OptionError{"--trace " + shown(path) +
                       ": cannot be read: " + text.error().code.message()};
  auto parsed = parse_trace(*text, options.trace, options.seed);
  if (const auto* const error = std::get_if<TraceError>(&parsed))
    return OptionError{shown(path) + ':' + std::to_string(error->line) + ": " + error->text};
  Load load = bounded(std::move(std::get<0>(parsed)), options.duration);
  if (!load.arrivals.empty()) return load;
  return OptionError{"--trace " + shown(path) + ": no arrival " +
                     (options.duration
                          ? "within --duration " + format_duration(load.duration) + ": raise it"
                          : "in it: write one a line, in seconds, as in 0.25")};
}

PoolModel model_of(const SimulateOptions& options) {
  const ServeOptions& pool = options.pool;
  return {.limits = {.start_workers = pool.start_workers,
                     .min_spare = pool.min_spare,
                     .max_spare = pool.max_spare,
                     .max_workers = pool.max_workers,
                     .policy = pool.policy},
          .start_delay = options.start_delay,
          .fork_cost = options.fork_cost,
          .max_requests = pool.max_requests,
          .max_requests_jitter = pool.max_requests_jitter};
}

/// The shortest of some round intervals that gives at most 60 rows.
Duration row_interval(Duration duration) {
  constexpr std::array<Duration, 11> round{1s,   2s,   5s,   10s,   15s,  30s,
                                           1min, 2min, 5min, 10min, 15min};
  const auto fits = [&](Duration interval) { return duration / interval <= 60; };
  const auto* const first = std::ranges::find_if(round, fits);
  return first == round.end() ? Duration{30min} : *first;
}

std::string format_rate(double rate) {
  std::array<char, 32> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), rate, std::chars_format::fixed);
  return {buffer.data(), end};
}

/// What was run, so that the output alone is enough to run it again.
std::string describe_run(const SimulateOptions& options, const Load& load) {
  const TraceOptions& trace = options.trace;
  std::string text = std::string("policy ") + to_string(options.pool.policy) + ", trace " +
                     shown(trace_name(options));
  if (options.trace_path.empty()) text += ", rate " + format_rate(trace.rate);
  if (options.trace_path.empty() && trace.shape != TraceShape::steady)
    text += ", period " + format_duration(trace.period);
  text += ", duration " + format_duration(load.duration) + ", service " +
          (trace.exponential_service ? "exp:" : "") + format_duration(trace.service) + ", seed " +
          std::to_string(options.seed);
  return text;
}

std::string describe_pool(const SimulateOptions& options) {
  const ServeOptions& pool = options.pool;
  std::string text = "workers " + std::to_string(pool.start_workers) + " at the start, " +
                     std::to_string(pool.min_spare) + " to " + std::to_string(pool.max_spare) +
                     " spare, " + std::to_string(pool.max_workers) + " at most; start delay " +
                     format_duration(options.start_delay) + ", fork cost " +
                     format_duration(options.fork_cost);
  if (pool.max_requests > 0)
    text += "; recycled after " + std::to_string(pool.max_requests) + " requests and up to " +
            std::to_string(pool.max_requests_jitter) + " more";
  return text;
}

int run(const SimulateOptions& options, const Load& load, std::ostream& out,
        const Complain& complain) {
  const Duration every = options.every.value_or(row_interval(load.duration));
  const RunRecord record =
      record_run(model_of(options), load.arrivals, options.seed, load.duration, every);
  const std::string what = describe_run(options, load);
  out << folded(what, terminal_columns - 2, "  ") << '\n'
      << folded(describe_pool(options), terminal_columns - 2, "  ") << "\n\n"
      << rows_table(record) << '\n'
      << summary_table(record.summary);
  Plot plot = run_plot(record);
  plot.title = std::string("policy ") + to_string(options.pool.policy) + " under trace " +
               shown(trace_name(options));
  plot.subtitles = {what, describe_pool(options)};
  int status = exit_ok;
  for (const auto& problem : {write_output("--svg", options.svg, to_svg(plot)),
                              write_output("--csv", options.csv, rows_csv(record))}) {
    if (problem) status = complain(*problem, exit_failed);
  }
  return status;
}

}  // namespace

int run_simulate(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  if (!args.empty() && args.front() == "balance")
    return run_simulate_balance(args.subspan(1), out, err);
  const Complain complain{err};
  const SimulateParse parsed = parse_simulate_options(args);
  if (const auto* const error = std::get_if<OptionError>(&parsed))
    return complain(error->message, exit_bad_options);
  if (const auto* const help = std::get_if<HelpText>(&parsed)) return out << help->text, exit_ok;
  const auto& options = std::get<SimulateOptions>(parsed);
  const auto load = load_of(options);
  if (const auto* const error = std::get_if<OptionError>(&load))
    return complain(error->message, exit_bad_options);
  return run(options, std::get<Load>(load), out, complain);
}

}  // namespace brood
