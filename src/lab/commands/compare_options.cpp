#include "lab/commands/compare_options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>

#include "base/text.hpp"
#include "cli/help_page.hpp"
#include "cli/option_split.hpp"
#include "cli/option_syntax.hpp"
#include "cli/option_table.hpp"
#include "cli/option_values.hpp"

namespace brood {
namespace {

namespace po = boost::program_options;
using namespace std::chrono_literals;
using C = CompareOptions;

struct CompareOptionRow {
  std::string_view name;
  std::string_view value_name;  ///< Empty: takes no value.
  std::string_view help;        ///< With the default behind it.
  std::optional<Problem> (*set)(C&, std::string_view, const CompareNames&) = nullptr;
};

Problem no_such_name(std::string_view name, std::span<const std::string_view> names) {
  const std::string_view nearest = nearest_name(name, names);
  std::string text = "there is no " + shown(name) + ": ";
  if (!nearest.empty()) text += "did you mean " + std::string(nearest) + "? ";
  text += "allowed: ";
  for (const std::string_view one : names) {
    if (one != names.front()) text += ", ";
    text += one;
  }
  return {text};
}

/// Names that commas separate, each of them known and given once.
std::optional<Problem> set_names(std::vector<std::string>& target, std::string_view text,
                                 std::span<const std::string_view> names) {
  target.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    if (std::ranges::find(names, name) == names.end()) return no_such_name(name, names);
    if (std::ranges::find(target, name) == target.end()) target.emplace_back(name);
    begin = end + 1;
  }
  return std::nullopt;
}

std::optional<Problem> set_peers(C& options, std::string_view text, const CompareNames& names) {
  options.peers.clear();
  if (text == "none") return std::nullopt;
  return set_names(options.peers, text, names.peers);
}

std::optional<Problem> set_listen(C& options, std::string_view text, const CompareNames&) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint || endpoint->kind == Endpoint::Kind::unix_path)
    return Problem{"write an address and a port, as in 127.0.0.1:8080 or [::1]:0"};
  options.listen = *endpoint;
  return std::nullopt;
}

std::optional<Problem> set_policy(C& options, std::string_view text, const CompareNames&) {
  ServeOptions pool;
  const auto problem = find_option("policy")->kind.set(pool, text, {});
  if (!problem) options.policy = text;
  return problem;
}

constexpr CompareOptionRow compare_option_rows[]{
    // clang-format off
    {"models", "LIST", "Measures these, with commas between them. [all]",
     [](C& o, std::string_view text, const CompareNames& n) {
       return set_names(o.models, text, n.models);
     }},
    {"workloads", "LIST", "Measures under these, with commas between them. [all]",
     [](C& o, std::string_view text, const CompareNames& n) {
       return set_names(o.workloads, text, n.workloads);
     }},
    {"peers", "LIST", "Measures these other servers too, where they are installed, or none. [all]",
     set_peers},
    {"quick", "", "Takes few and short rounds: a rough idea in less than a minute."},
    {"workers", "N",
     "Each server has so many processes or threads, and there are as many clients. [16]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.workers, read_count(text, 1, 256));
     }},
    {"rounds", "N", "All workloads are measured so often. [5; with --quick 2]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.rounds, read_count(text, 1, 100));
     }},
    {"duration", "TIME", "One measurement takes so long. [2s; with --quick 200ms]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.duration, read_duration(text, 50ms, 1min));
     }},
    {"rate", "R",
     "So many requests a second arrive at random, instead of the workloads' own rates.",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.rate, read_count(text, 1, 1'000'000));
     }},
    {"connections", "N",
     "So many connections are kept and idle, instead of the workload's own number.",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.connections, read_count(text, 1, 1'000'000));
     }},
    {"policy", "NAME", "Pools grow by this policy: exponential or demand. [exponential]",
     set_policy},
    {"seed", "N", "All chance is drawn from this number. [1]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.seed, read_count(text, 0, 0xffff'ffff));
     }},
    {"listen", "ADDR:PORT",
     "The servers listen here, one after the other; port 0 is a free one. [127.0.0.1:0]",
     set_listen},
    {"out", "FOLDER", "Journal, CSV, JSON and the HTML report go into this folder. [brood-compare]",
     [](C& o, std::string_view text, const CompareNames&) -> std::optional<Problem> {
       return o.out = text, std::nullopt;
     }},
    {"resume", "", "Goes on with the unfinished run in that folder, with its settings."},
    {"help", "", "Shows this page."},
    {"version", "", "Shows the version of brood."},
    // clang-format on
};

po::options_description compare_options_description() {
  po::options_description all;
  for (const CompareOptionRow& row : compare_option_rows)
    add_option(all, std::string(row.name), !row.value_name.empty());
  return all;
}

std::string compare_help_page(const CompareNames& names) {
  std::vector<HelpLine> lines;
  for (const CompareOptionRow& row : compare_option_rows)
    lines.push_back({option_usage(row.name, row.value_name), std::string(row.help)});
  return "Usage: brood compare [OPTION...]\n"
         "Measures the same handlers under the same loads with every concurrency model.\n" +
         help_group("Options", lines) + '\n' + listed("Models", names.models) +
         listed("Workloads", names.workloads) + listed("Peers", names.peers) +
         folded(
             "TIME: 250ms, 3s, 5m. The exit status is 0 if all was measured, 1 if not all, 2 "
             "for bad options, 3 if no server could listen.");
}

std::vector<std::string> all_of(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

}  // namespace

CompareParse parse_compare_options(std::span<const std::string> args, const CompareNames& names) {
  if (auto page = page_asked_for(args, [&] { return compare_help_page(names); }))
    return HelpText{*std::move(page)};
  const auto split = split_options(args, compare_options_description(), "brood compare");
  if (const auto* const error = std::get_if<OptionError>(&split)) return *error;
  CompareOptions options{.models = all_of(names.models),
                         .workloads = all_of(names.workloads),
                         .peers = all_of(names.peers)};
  for (const OptionEntry& entry : std::get<std::vector<OptionEntry>>(split)) {
    if (entry.name == "resume") options.resume = true;
    if (entry.name == "quick") {
      options.quick = true;
      options.words.emplace_back("--quick");
    }
    const auto* const row =
        std::ranges::find(compare_option_rows, entry.name, &CompareOptionRow::name);
    if (row->set == nullptr) continue;
    if (const auto problem = row->set(options, entry.value, names))
      return OptionError{assigned(entry) + ": " + problem->text};
    if (entry.name != "out" && entry.name != "listen")
      options.words.push_back(spelled(entry) + '=' + entry.value);
  }
  return options;
}

}  // namespace brood
