#include "cli/compare_options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "base/text.hpp"
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
    {"models", "LIST", "names with commas between them [all]",
     [](C& o, std::string_view text, const CompareNames& n) {
       return set_names(o.models, text, n.models);
     }},
    {"workloads", "LIST", "names with commas between them [all]",
     [](C& o, std::string_view text, const CompareNames& n) {
       return set_names(o.workloads, text, n.workloads);
     }},
    {"peers", "LIST", "other servers, where they are installed, or none [all]", set_peers},
    {"quick", "", "short and few rounds: a rough idea in less than a minute"},
    {"workers", "N", "processes or threads of each server, and clients [16]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.workers, read_count(text, 1, 256));
     }},
    {"rounds", "N", "over all workloads [5; with --quick 2]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.rounds, read_count(text, 1, 100));
     }},
    {"duration", "TIME", "of one measurement [2s; with --quick 200ms]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.duration, read_duration(text, 50ms, 1min));
     }},
    {"rate", "R", "requests a second that arrive at random [those of the workloads]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.rate, read_count(text, 1, 1'000'000));
     }},
    {"connections", "N", "kept and idle [those of the workload]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.connections, read_count(text, 1, 1'000'000));
     }},
    {"policy", "NAME", "of pools that grow: exponential or demand [exponential]", set_policy},
    {"seed", "N", "of all chance [1]",
     [](C& o, std::string_view text, const CompareNames&) {
       return store(o.seed, read_count(text, 0, 0xffff'ffff));
     }},
    {"listen", "ADDR:PORT", "where the servers listen, one after the other; port 0: a free one "
     "[127.0.0.1:0]", set_listen},
    {"out", "FOLDER", "for journal, CSV, JSON and the HTML report [brood-compare]",
     [](C& o, std::string_view text, const CompareNames&) -> std::optional<Problem> {
       return o.out = text, std::nullopt;
     }},
    {"resume", "", "goes on with the unfinished run in that folder, as it was asked for"},
    {"help", "", "this page"},
    // clang-format on
};

std::string listed(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

po::options_description compare_options_description() {
  constexpr unsigned columns = 96;
  po::options_description all("Options", columns, columns / 2);
  for (const CompareOptionRow& row : compare_option_rows)
    add_option(all, row.name, row.value_name, std::string(row.help));
  return all;
}

HelpText compare_help_page(const CompareNames& names) {
  std::ostringstream page;
  page << "Usage: brood compare [OPTION...]\n"
          "Measure the same handlers under the same loads with every concurrency model.\n\n"
       << compare_options_description() << "\nModels: " << listed(names.models)
       << "\nWorkloads: " << listed(names.workloads) << "\nPeers: " << listed(names.peers)
       << "\nTIME: 250ms, 3s, 5m. Exit status: 0 all measured, 1 not all, 2 bad options, 3 could\n"
          "not bind.\n";
  return {page.str()};
}

std::vector<std::string> all_of(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

}  // namespace

CompareParse parse_compare_options(std::span<const std::string> args, const CompareNames& names) {
  if (std::ranges::find(args, "--help") != args.end()) return compare_help_page(names);
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
