#include "cli/simulate_options.hpp"

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "cli/option_entry.hpp"
#include "cli/option_pool.hpp"
#include "cli/option_table.hpp"
#include "cli/option_values.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;
using namespace std::chrono_literals;
using O = SimulateOptions;

struct Row {
  std::string_view name;
  std::string_view group;
  std::string_view value_name;  ///< Empty: takes no value.
  std::string_view help;
  std::optional<Problem> (*set)(SimulateOptions&, std::string_view) = nullptr;
};

template <class Target, class T>
std::optional<Problem> store(Target& target, const Checked<T>& value) {
  if (!value) return value.error();
  target = *value;
  return std::nullopt;
}

constexpr std::string_view shape_names = "steady|burst|sine|on-off";

std::optional<Problem> set_trace(O& options, std::string_view text) {
  if (text.ends_with(".csv")) return options.trace_path = text, std::nullopt;
  const auto shape = read_choice(text, shape_names);
  if (shape) return options.trace.shape = static_cast<TraceShape>(*shape), std::nullopt;
  std::array<std::string_view, 4> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = choice_name(shape_names, i);
  const std::string_view nearest = nearest_name(text, names);
  const std::string hint = nearest.empty() ? "" : "did you mean " + std::string(nearest) + "? ";
  return Problem{hint + shape.error().text + ", or a file whose name ends in .csv"};
}

std::optional<Problem> set_rate(O& options, std::string_view text) {
  double rate = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), rate, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !(rate >= 0.001 && rate <= 1e6))
    return Problem{"write requests a second, a decimal number from 0.001 to 1000000"};
  options.trace.rate = rate;
  return std::nullopt;
}

std::optional<Problem> set_service(O& options, std::string_view text) {
  const auto service = read_think_time(text);
  if (!service) return service.error();
  options.trace.service = service->mean;
  options.trace.exponential_service = service->exponential;
  return std::nullopt;
}

std::optional<Problem> set_every(O& options, std::string_view text) {
  const auto every = read_duration(text, 1s, 24h);
  if (!every) return every.error();
  if (*every % 1s != 0s) return Problem{"must be whole seconds: the regulator ticks once a second"};
  options.every = *every;
  return std::nullopt;
}

/// The names that find_option() knows, in the order of the page.
constexpr std::array<std::string_view, 7> shared_names{
    "policy",      "start-workers", "min-spare",          "max-spare",
    "max-workers", "max-requests",  "max-requests-jitter"};

constexpr auto rows = std::to_array<Row>({
    // clang-format off
    {"trace", "Load", "SHAPE|FILE.csv",
     "steady, burst, sine, on-off, or a file of arrivals [burst]", set_trace},
    {"rate", "Load", "R",
     "requests a second at the peak; of a burst: how many at once [100]", set_rate},
    {"period", "Load", "TIME", "of burst, sine and on-off [10s]",
     [](O& o, std::string_view text) {
       return store(o.trace.period, read_duration(text, 10ms, 24h));
     }},
    {"duration", "Load", "TIME", "of the run [30s; of a file: 10s after its last arrival]",
     [](O& o, std::string_view text) { return store(o.duration, read_duration(text, 1s, 24h)); }},
    {"service-time", "Load", "TIME",
     "how long a request takes; exp:1s draws around a mean [1s]", set_service},
    {"seed", "Load", "N", "of all chance: the same seed, the same run [1]",
     [](O& o, std::string_view text) {
       return store(o.seed, read_count(text, 0, 0xffff'ffff));
     }},

    {"start-delay", "Machine", "TIME", "from the fork until a worker can serve [2ms]",
     [](O& o, std::string_view text) { return store(o.start_delay, read_duration(text, 0s, 1h)); }},
    {"fork-cost", "Machine", "TIME", "what one fork takes the supervisor [500us]",
     [](O& o, std::string_view text) { return store(o.fork_cost, read_duration(text, 1us, 1s)); }},

    {"every", "Output", "TIME", "between two rows [so that there are 60 at most]", set_every},
    {"svg", "Output", "FILE", "writes a plot of demand, total, busy and idle",
     [](O& o, std::string_view text) -> std::optional<Problem> {
       return o.svg = text, std::nullopt;
     }},
    {"csv", "Output", "FILE", "writes the rows as CSV",
     [](O& o, std::string_view text) -> std::optional<Problem> {
       return o.csv = text, std::nullopt;
     }},
    {"help", "Output", "", "this page"},
    // clang-format on
});

std::vector<std::string_view> all_names() {
  std::vector<std::string_view> names{shared_names.begin(), shared_names.end()};
  for (const Row& row : rows) names.push_back(row.name);
  return names;
}

void add_option(po::options_description& group, std::string_view name, std::string_view value_name,
                const std::string& help) {
  if (value_name.empty())
    group.add_options()(std::string(name).c_str(), help.c_str());
  else
    group.add_options()(std::string(name).c_str(),
                        po::value<std::string>()->value_name(std::string(value_name)),
                        help.c_str());
}

po::options_description description_of_all() {
  constexpr unsigned columns = 96;
  po::options_description all(columns, columns / 2);
  po::options_description pool("Pool (as brood serve)", columns, columns / 2);
  for (const std::string_view name : shared_names) {
    const OptionRow& row = *find_option(name);
    const std::string preset = row.kind.show(ServeOptions{}).front();
    add_option(pool, name, row.kind.value_name, std::string(row.help) + " [" + preset + ']');
  }
  for (auto first = rows.begin(); first != rows.end();) {
    po::options_description group(std::string(first->group), columns, columns / 2);
    const std::string_view heading = first->group;
    for (; first != rows.end() && first->group == heading; ++first)
      add_option(group, first->name, first->value_name, std::string(first->help));
    all.add(group);
    if (heading == "Load") all.add(pool);
  }
  return all;
}

HelpText help_page() {
  std::ostringstream page;
  page << "Usage: brood simulate [OPTION...]\n"
          "Run the pool's policy over a load in virtual time: a table, and a plot if wanted.\n"
       << description_of_all()
       << "\nTIME: 250ms, 3s, 5m. A file has one arrival a line, in seconds: 0.25, or with its\n"
          "service time: 0.25,1.5.\n";
  return {page.str()};
}

OptionError unknown_argument(const std::string& original) {
  const std::size_t first = original.find_first_not_of('-');
  if (first == 0 || first == std::string::npos)
    return {"unexpected argument " + shown(original) + ": options begin with --"};
  const std::string name = original.substr(first, original.find('=') - first);
  const std::string_view nearest = nearest_name(name, all_names());
  return {"unknown option --" + shown(name) +
          (nearest.empty() ? ": see brood simulate --help"
                           : ": did you mean --" + std::string(nearest) + '?')};
}

using Entries = std::vector<OptionEntry>;

std::variant<Entries, OptionError> split(std::span<const std::string> args) try {
  namespace style = po::command_line_style;
  const po::options_description all = description_of_all();
  const auto parsed =
      po::command_line_parser({args.begin(), args.end()})
          .options(all)
          .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
          .allow_unregistered()
          .run();
  Entries entries;
  for (const po::option& option : parsed.options) {
    if (option.unregistered || option.string_key.empty())
      return unknown_argument(option.original_tokens.front());
    entries.push_back(
        {.name = option.string_key, .value = option.value.empty() ? "" : option.value.front()});
  }
  return entries;
} catch (const po::invalid_command_line_syntax& error) {
  const bool extra = error.kind() == po::invalid_syntax::extra_parameter;
  return OptionError{shown(error.get_option_name()) +
                     (extra ? " takes no value" : " needs a value")};
} catch (const po::error& error) {
  return OptionError{escape(error.what())};
}

std::optional<Problem> set_value(SimulateOptions& options, const OptionEntry& entry) {
  const auto row = std::ranges::find(rows, entry.name, &Row::name);
  if (row != rows.end()) return row->set(options, entry.value);
  return find_option(entry.name)->kind.set(options.pool, entry.value, {});
}

std::optional<OptionError> apply(SimulateOptions& options, const Entries& entries) {
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    const auto same = std::find_if(entries.begin(), entry,
                                   [&](const auto& other) { return other.name == entry->name; });
    if (same != entry)
      return OptionError{assigned(*entry) + ": given twice, first as " + assigned(*same) +
                         ": keep one"};
    // No value of ours begins with two dashes: it is the next option that was taken for one.
    if (entry->value.empty() || entry->value.starts_with("--"))
      return OptionError{spelled(*entry) + " needs a value"};
    if (const auto problem = set_value(options, *entry))
      return OptionError{assigned(*entry) + ": " + problem->text};
  }
  return settle_pool(options.pool, entries);
}

/// More would fill the memory and the patience of most.
constexpr double arrivals_most = 10e6;

std::optional<OptionError> check_size(const SimulateOptions& options) {
  if (!options.trace_path.empty() || expected_arrivals(options.trace) <= arrivals_most)
    return std::nullopt;
  return OptionError{"the load is more than 10000000 requests: lower --rate or --duration"};
}

}  // namespace

std::string trace_name(const SimulateOptions& options) {
  if (!options.trace_path.empty()) return options.trace_path;
  return std::string(choice_name(shape_names, static_cast<std::size_t>(options.trace.shape)));
}

SimulateParse parse_simulate_options(std::span<const std::string> args) {
  if (std::ranges::find(args, "--help") != args.end()) return help_page();
  const auto parsed = split(args);
  if (const auto* const error = std::get_if<OptionError>(&parsed)) return *error;
  SimulateOptions options;
  if (auto error = apply(options, std::get<Entries>(parsed))) return *std::move(error);
  if (options.duration) options.trace.duration = *options.duration;
  if (auto error = check_size(options)) return *std::move(error);
  return options;
}

}  // namespace brood
