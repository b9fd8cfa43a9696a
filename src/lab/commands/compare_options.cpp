#include "lab/commands/compare_options.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "cli/help_page.hpp"
#include "lab/commands/compare_contenders.hpp"
#include "lab/compare/workload.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;
using C = CompareOptions;
using Value = OptionValue;

/// The names that options can have.
struct CompareNames {
  std::vector<std::string_view> models, workloads, peers;
};

CompareNames compare_names() {
  CompareNames names;
  for (const std::string_view name : model_names()) names.models.push_back(name);
  for (const Workload& workload : workloads()) names.workloads.push_back(workload.name);
  for (const PeerServer& peer : peer_servers()) names.peers.push_back(peer.name);
  return names;
}

Problem no_such_name(std::string_view name, std::span<const std::string_view> names) {
  const std::string_view nearest = nearest_name(name, names);
  std::string text = "there is no " + shown(name) + ": ";
  if (!nearest.empty()) text += "did you mean " + std::string(nearest) + "? ";
  return {text + "allowed: " + joined(names, ", ")};
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

/// \param none the word for none of them; empty: there has to be one
Value names_of(std::vector<std::string>& target, std::span<const std::string_view> names,
               std::string_view none = {}) {
  return {.unit = "LIST", .set = [&target, names, none](std::string_view text) {
            if (text != none) return set_names(target, text, names);
            target.clear();
            return std::optional<Problem>{};
          }};
}

std::optional<Problem> set_listen(C& options, std::string_view text) {
  const auto endpoint = parse_endpoint(text);
  if (!endpoint || endpoint->kind == Endpoint::Kind::unix_path)
    return Problem{"write an address and a port, as in 127.0.0.1:8080 or [::1]:0"};
  options.listen = *endpoint;
  return std::nullopt;
}

/// \param names outlive the table
OptionTable compare_table(C& o, const CompareNames& names) {
  return {
      "brood compare",
      {
          // clang-format off
    {"models", "Options", "These are measured, with commas between them. [all]",
     names_of(o.models, names.models)},
    {"workloads", "Options", "They are measured under these loads, with commas between them. [all]",
     names_of(o.workloads, names.workloads)},
    {"peers", "Options",
     "These other servers are measured too, where they are installed, or none. [all]",
     names_of(o.peers, names.peers, "none")},
    {"quick", "Options", "Takes few and short rounds: a rough idea in less than a minute."},
    {"workers", "Options",
     "Each server has this many processes or threads, and there are as many clients.",
     Value::count(o.workers, 1, 256)},
    {"rounds", "Options", "All workloads are measured this many times. [5; with --quick 2]",
     Value::count(o.rounds, 1, 100)},
    {"duration", "Options", "One measurement takes this long. [2s; with --quick 200ms]",
     Value::duration(o.duration, 50ms, 1min)},
    {"rate", "Options",
     "This many requests a second arrive at random, instead of the workloads' own rates.",
     {.unit = "R", .set = Value::count(o.rate, 1, 1'000'000).set}},
    {"connections", "Options",
     "This many connections are kept and idle, instead of the workload's own number.",
     Value::count(o.connections, 1, 1'000'000)},
    {"policy", "Options", "Pools grow by this policy: exponential or demand.",
     Value::one_of("NAME", "exponential|demand",
                   {[&o](std::size_t index) { o.policy = index == 0 ? "exponential" : "demand"; },
                    [&o] { return std::size_t{o.policy == "demand" ? 1U : 0U}; }})},
    {"seed", "Options", "All chance is drawn from this number.",
     Value::count(o.seed, 0, 0xffff'ffff)},
    {"listen", "Options",
     "The servers listen here, one after the other; port 0 is a free one.",
     {.unit = "ADDR:PORT",
      .set = [&o](std::string_view text) { return set_listen(o, text); },
      .show = [&o] { return Value::Texts{to_string(o.listen)}; }}},
    {"out", "Options", "Journal, CSV, JSON and the HTML report are written into this folder.",
     Value::text(o.out, "FOLDER", "")},
    {"resume", "Options", "Goes on with the unfinished run in that folder, with its settings."},
    {"help", "Options", "Shows this page."},
    {"version", "Options", "Shows the version of brood."},
          // clang-format on
      }};
}

std::string compare_page(const OptionTable& table, const CompareNames& names) {
  return "Usage: brood compare [OPTION...]\n"
         "Measures the same handlers under the same loads with every concurrency model.\n" +
         table.help() + '\n' + listed("Models", names.models) +
         listed("Workloads", names.workloads) + listed("Peers", names.peers) +
         folded(
             "TIME: 250ms, 3s, 5m. The exit status is 0 if all was measured, 1 if not all, 2 "
             "for bad options, 3 if no server could listen.");
}

std::vector<std::string> all_of(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

}  // namespace

CompareParse parse_compare_options(std::span<const std::string> args) {
  const CompareNames names = compare_names();
  CompareOptions options{.models = all_of(names.models),
                         .workloads = all_of(names.workloads),
                         .peers = all_of(names.peers)};
  const OptionTable table = compare_table(options, names);
  if (auto page = page_asked_for(args, [&] { return compare_page(table, names); }))
    return HelpText{*std::move(page)};
  const auto given = table.take(args);
  if (const auto* const error = std::get_if<OptionError>(&given)) return *error;
  const std::vector<OptionEntry>& typed = std::get<GivenOptions>(given).typed;
  options.resume = find_entry(typed, "resume") != nullptr;
  options.quick = find_entry(typed, "quick") != nullptr;
  for (const OptionEntry& entry : typed) {
    if (entry.name == "resume" || entry.name == "out" || entry.name == "listen") continue;
    options.words.push_back(spelled(entry) + (entry.value.empty() ? "" : '=' + entry.value));
  }
  return options;
}

}  // namespace brood
