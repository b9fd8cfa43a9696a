#include "lab/commands/compare.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <ostream>

#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/complain.hpp"
#include "cli/exit_status.hpp"
#include "cli/option_entry.hpp"
#include "lab/commands/compare_contenders.hpp"
#include "lab/commands/compare_options.hpp"
#include "lab/commands/growing_file.hpp"
#include "lab/commands/output_file.hpp"
#include "lab/compare/advice.hpp"
#include "lab/compare/data_report.hpp"
#include "lab/compare/html_report.hpp"
#include "lab/compare/run.hpp"
#include "lab/compare/server_under_test.hpp"
#include "lab/compare/table_report.hpp"
#include "os/cpu_affinity.hpp"
#include "os/descriptor_limit.hpp"
#include "os/listener.hpp"
#include "os/process_tree.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) {
  stop_asked = 1;
}

/// Those of the chosen peers that are installed; says which are not.
std::vector<Contender> peers_of(const CompareOptions& options, std::ostream& err) {
  std::vector<Contender> peers;
  for (const std::string& name : options.peers) {
    const auto all = peer_servers();
    const auto peer = std::ranges::find(all, name, &PeerServer::name);
    if (is_installed(std::string(peer->program)))
      peers.push_back(contender_of(*peer, options.out));
    else
      err << "brood: warning: " << name << " is skipped: " << peer->program
          << " is not installed: apt-get install " << peer->program << ", or --peers none\n";
  }
  return peers;
}

CompareSettings settings_of(const CompareOptions& options, std::ostream& err) {
  CompareSettings settings;
  for (const std::string& name : options.workloads)
    settings.workloads.push_back(find_workload(name));
  settings.contenders = contenders_of(options.models, options.policy);
  const auto has_peers = [](const Workload* workload) {
    return workload->entrants == Entrants::peers;
  };
  if (std::ranges::any_of(settings.workloads, has_peers))
    for (Contender& peer : peers_of(options, err)) settings.contenders.push_back(std::move(peer));
  settings.is_quick = options.quick;
  settings.rounds = options.rounds.value_or(options.quick ? 2 : 5);
  settings.duration = options.duration.value_or(options.quick ? 200ms : 2s);
  settings.timeout = options.quick ? 500ms : 1s;
  settings.workers = options.workers;
  settings.rate = options.rate.value_or(0);
  settings.connections = options.connections.value_or(0);
  settings.policy = options.policy;
  settings.seed = options.seed;
  return settings;
}

std::string describe_machine(std::size_t processors) {
  utsname name{};
  ::uname(&name);
  return std::string(name.sysname) + ' ' + name.release + ' ' + name.machine + ", " +
         std::to_string(processors) + " processors, " +
         std::to_string(machine_memory().total >> 20) + " MiB; the load has a processor to itself";
}

/// `brood compare --resume` alone goes on with what the earlier run was asked for.
CompareParse parse_with_memory(std::span<const std::string> args) {
  const CompareParse parsed = parse_compare_options(args);
  const auto* const options = std::get_if<CompareOptions>(&parsed);
  if (options == nullptr || !options->resume || !options->words.empty()) return parsed;
  const auto text = read_file(options->out + "/journal.txt");
  const auto earlier = text ? parse_journal(*text) : std::nullopt;
  if (!earlier) return parsed;  // Complained about where it is missed.
  std::vector<std::string> words = earlier->words;
  words.insert(words.end(), args.begin(), args.end());
  return parse_compare_options(words);
}

/// One run of the command: what it was asked, and where it writes.
class Comparison {
 public:
  Comparison(CompareOptions options, std::ostream& out, std::ostream& err)
      : options_(std::move(options)), settings_(settings_of(options_, err)), out_(out), err_(err) {}

  int run();

 private:
  std::string path(const char* name) const { return options_.out + '/' + name; }

  std::optional<int> check_load();
  std::optional<int> choose_port();
  std::optional<int> open_folder();
  std::optional<int> open_journal();
  Laboratory laboratory() const;
  bool measure_all();
  void show_progress(const RunProgress& progress);
  int report(bool is_whole);
  std::optional<std::string> write_reports(std::span<const Record> records,
                                           std::span<const Entry> entries,
                                           std::span<const Claim> claims);

  CompareOptions options_;
  CompareSettings settings_;
  const std::vector<int> cpus_ = allowed_cpus();  ///< Before the load takes one for itself.
  std::ostream& out_;
  std::ostream& err_;
  const Complain complain_{err_};
  std::vector<Record> done_;  ///< Without what was seen, which is in the journal.
  GrowingFile journal_;
  TimePoint shown_at_{};
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
};

std::optional<int> Comparison::check_load() {
  if (plan_cells(settings_).empty())
    return complain_("nothing to measure: no server takes part in these workloads",
                     exit_bad_options);
  const std::uint64_t needed = descriptors_needed(settings_);
  const std::uint64_t granted = raise_descriptor_limit(needed);
  if (granted >= needed) return std::nullopt;
  return complain_("so many connections need " + std::to_string(needed) +
                       " descriptors, and the limit is " + std::to_string(granted) +
                       ": raise 'ulimit -Hn' or lower --connections",
                   exit_failed);
}

/// Finds a port now, so that a long run does not find out later.
std::optional<int> Comparison::choose_port() {
  auto listener = listen_at(options_.listen, {.backlog = 1});
  if (const auto* const error = std::get_if<ListenError>(&listener))
    return complain_(*error, exit_no_listener);
  options_.listen = std::get<Listener>(listener).endpoint();
  return std::nullopt;
}

std::optional<int> Comparison::open_folder() {
  if (const auto problem = make_folder("--out", options_.out))
    return complain_(*problem, exit_failed);
  const auto failure =
      write_file(path("interpreter_app.py"), std::string(interpreter_application()));
  if (!failure) return std::nullopt;
  return complain_("--out " + shown(options_.out) + ": cannot be written: " +
                       failure->code.message() + ": choose another folder",
                   exit_failed);
}

/// Takes over what an earlier run has left, if that is wanted, and begins the journal anew with it.
std::optional<int> Comparison::open_journal() {
  const std::string description = describe(settings_);
  const auto text = read_file(path("journal.txt"));
  auto earlier = text ? parse_journal(*text) : std::nullopt;
  const std::size_t planned = plan_cells(settings_).size();
  const std::string place = "--out " + shown(options_.out);
  if (options_.resume && !earlier)
    return complain_(place + ": holds no run to go on with: leave --resume out", exit_bad_options);
  if (options_.resume && earlier->description != description)
    return complain_(place + ": holds another run (" + earlier->description +
                         "): leave the options out that say otherwise, or --resume",
                     exit_bad_options);
  if (!options_.resume && earlier && earlier->description == description &&
      earlier->records.size() < planned)
    return complain_(place + ": holds an unfinished run, " +
                         std::to_string(earlier->records.size()) + " of " +
                         std::to_string(planned) +
                         " measurements: go on with --resume, or choose another folder",
                     exit_bad_options);
  std::string begin = journal_head(description, options_.words);
  if (options_.resume)
    for (Record& record : earlier->records) {
      begin += journal_line(record);
      record.measurement = {};
      done_.push_back(std::move(record));
    }
  const auto failure = journal_.open(path("journal.txt"), begin);
  if (!failure) return std::nullopt;
  return complain_(place + ": " + failure->text() + ": choose another folder", exit_failed);
}

Laboratory Comparison::laboratory() const {
  Laboratory lab{.serve =
                     [this](const std::vector<std::string>& words, const HandlerFactory& factory) {
                       return run_own_server(words, "brood serve", factory, out_, err_);
                     },
                 .listen = options_.listen,
                 .log_path = path("server.log"),
                 .all_cpus = cpus_,
                 .server_cpus = cpus_,
                 .may_go_on = [] { return stop_asked == 0; }};
  if (cpus_.size() > 1) {
    run_on_cpus({cpus_.back()});  // Whoever loads and measures does not take from who serves.
    lab.server_cpus.pop_back();
  }
  return lab;
}

void Comparison::show_progress(const RunProgress& progress) {
  const TimePoint now = steady_now();
  if (!is_terminal_ && now - shown_at_ < 5s) return;
  shown_at_ = now;
  const Contender& contender = settings_.contenders[progress.cell->contender];
  const auto left = std::chrono::ceil<std::chrono::seconds>(progress.left);
  err_ << (is_terminal_ ? "\r\033[K" : "") << '[' << progress.done + 1 << '/' << progress.total
       << "] round " << progress.cell->round + 1 << " of " << settings_.rounds << ", "
       << progress.cell->workload->name << ", " << contender.name << "; about "
       << format_duration(left) << " left" << (is_terminal_ ? "" : "\n") << std::flush;
}

bool Comparison::measure_all() {
  const auto ask = [](int number) {
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    ::sigaction(number, &action, nullptr);
  };
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ask(number);
  std::signal(SIGPIPE, SIG_IGN);
  std::optional<Failure> lost;
  const bool is_whole =
      run_cells(settings_, laboratory(),
                {.on_progress = [&](const RunProgress& progress) { show_progress(progress); },
                 .keep =
                     [&](const Record& record) {
                       lost = journal_.append(journal_line(record));
                       return !lost;
                     }},
                done_);
  if (is_terminal_) err_ << "\r\033[K";
  if (lost) complain_("journal.txt: " + lost->text() + ": make room and add --resume", exit_failed);
  return is_whole;
}

std::optional<std::string> Comparison::write_reports(std::span<const Record> records,
                                                     std::span<const Entry> entries,
                                                     std::span<const Claim> claims) {
  const std::string run = describe(settings_), machine = describe_machine(cpus_.size());
  const std::pair<const char*, std::string> files[] = {
      {"results.csv", measurements_csv(records)},
      {"results.json", results_json(run, machine, entries, claims)},
      {"report.html", html_report(run, machine, entries, claims)}};
  for (const auto& [name, text] : files)
    if (const auto failure = write_file(path(name), text))
      return path(name) + ": cannot be written: " + failure->code.message();
  return std::nullopt;
}

int Comparison::report(bool is_whole) {
  const auto text = read_file(path("journal.txt"));
  const auto journal = text ? parse_journal(*text) : std::nullopt;
  if (!journal) return complain_(path("journal.txt") + ": cannot be read any more", exit_failed);
  const auto entries = entries_of(journal->records);
  const auto claims = judge_claims(entries);
  out_ << advice_text(entries) << tables_text(entries) << claims_text(claims);
  if (const auto problem = write_reports(journal->records, entries, claims))
    return complain_(*problem, exit_failed);
  out_ << '\n'
       << folded(path("report.html") + ", results.csv and results.json have all of it",
                 terminal_columns, "")
       << '\n';
  const std::size_t planned = plan_cells(settings_).size();
  if (!is_whole)
    return complain_("stopped: " + std::to_string(done_.size()) + " of " + std::to_string(planned) +
                         " measurements are kept in " + options_.out + ": go on with --resume",
                     exit_failed);
  int status = exit_ok;
  for (const Entry& entry : entries)
    if (entry.trouble().starts_with("the server"))
      status = complain_(title_of(entry) + ", " + std::string(entry.contender) + ": " +
                             std::string(entry.trouble()),
                         exit_failed);
  return status;
}

int Comparison::run() {
  for (const auto step : {&Comparison::check_load, &Comparison::choose_port,
                          &Comparison::open_folder, &Comparison::open_journal})
    if (const auto status = (this->*step)()) return *status;
  const bool is_whole = measure_all();
  return report(is_whole);
}

}  // namespace

int run_compare(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  const CompareParse parsed = parse_with_memory(args);
  if (const auto* const error = std::get_if<OptionError>(&parsed))
    return Complain{err}(error->message, exit_bad_options);
  if (const auto* const help = std::get_if<HelpText>(&parsed)) return out << help->text, exit_ok;
  return Comparison(std::get<CompareOptions>(parsed), out, err).run();
}

}  // namespace brood
