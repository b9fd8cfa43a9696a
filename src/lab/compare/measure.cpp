#include "lab/compare/measure.hpp"

#include <algorithm>
#include <memory>

#include "lab/compare/server_under_test.hpp"
#include "lab/compare/work_handler.hpp"
#include "lab/load/load_generator.hpp"
#include "os/process_tree.hpp"

namespace brood {
namespace {

using namespace std::chrono_literals;

constexpr Duration start_patience = 10s;

/// How often a growing pool's size is looked at.
constexpr Duration size_interval = 20ms;

/// The peaks are looked for this often, and for this share of the time at most: a crowd of
/// processes takes long to read.
constexpr Duration peak_interval = 100ms;
constexpr int peak_share = 20;

/// A server without bounds is stopped when less than this share of the machine's memory is left.
constexpr std::uint64_t memory_share_kept = 5;

/// A parent has this for its own before it forks: each page touched.
std::unique_ptr<char[]> make_ballast(std::size_t size) {
  std::unique_ptr<char[]> ballast{size > 0 ? new char[size] : nullptr};
  for (std::size_t at = 0; at < size; at += 4096) ballast[at] = 1;
  return ballast;
}

std::function<int()> server_body(const Cell& cell, const Contender& contender,
                                 std::vector<std::string> words, const Laboratory& lab) {
  if (contender.is_program) return program_body(std::move(words));
  return [&cell, &lab, words = std::move(words)] {
    const auto ballast = make_ballast(cell.workload->ballast);
    return lab.serve(words, [&cell] { return std::make_unique<WorkHandler>(cell.workload->work); });
  };
}

/// What is looked at while one load goes on.
class Watch {
 public:
  Watch(const Cell& cell, const Laboratory& lab, const ServerUnderTest& server)
      : cell_(cell), lab_(lab), server_(server) {}

  LoadHooks hooks() {
    return {.on_tick = [this](const LoadProgress& progress) { return look(progress); },
            .tick = cell_.workload->is_growing ? size_interval : Duration{100ms},
            .at_begin = [this] { begin(); },
            .at_end = [this] { end(); }};
  }
  Measurement take() { return std::move(seen_); }
  TimePoint began_at() const noexcept { return began_at_; }
  std::uint64_t switches_before() const noexcept { return before_.switches; }

 private:
  void begin() {
    before_ = usage_of(process_tree(server_.pid()));
    began_at_ = steady_now();
  }

  bool look(const LoadProgress& progress) {
    if (!lab_.may_go_on()) return false;
    if (cell_.workload->is_growing) add_size(progress.elapsed);
    look_for_peak(steady_now());
    const MachineMemory memory = machine_memory();
    if (memory.available > memory.total / memory_share_kept) return true;
    seen_.trouble = "stopped by the memory guard";
    return false;
  }

  void add_size(Duration elapsed) {
    const ProcessUsage usage = usage_of(process_tree(server_.pid()));
    seen_.sizes.emplace_back(
        static_cast<std::uint32_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()),
        std::max(usage.processes, usage.threads));
  }

  void look_for_peak(TimePoint now) {
    if (now < next_peak_) return;
    const auto tree = process_tree(server_.pid());
    add_peak(usage_of(tree), proportional_size(tree));
    next_peak_ = now + std::max(peak_interval, (steady_now() - now) * peak_share);
  }

  void add_peak(const ProcessUsage& usage, std::uint64_t memory) {
    seen_.memory = std::max(seen_.memory, memory);
    seen_.processes = std::max(seen_.processes, usage.processes);
    seen_.threads = std::max(seen_.threads, usage.threads);
  }

  void end() {
    const auto tree = process_tree(server_.pid());
    const ProcessUsage after = usage_of(tree);
    seen_.cpu = std::max(after.cpu - before_.cpu, Duration{0});
    add_peak(after, proportional_size(tree));
    if (tree.empty() && seen_.trouble.empty()) seen_.trouble = "the server ended under the load";
  }

  const Cell& cell_;
  const Laboratory& lab_;
  const ServerUnderTest& server_;
  Measurement seen_;
  ProcessUsage before_;
  TimePoint began_at_;
  TimePoint next_peak_;
};

Measurement troubled(std::string trouble) {
  Measurement measurement;
  measurement.trouble = std::move(trouble);
  return measurement;
}

Measurement load_and_watch(const Cell& cell, const CompareSettings& settings, const Laboratory& lab,
                           ServerUnderTest& server) {
  LoadPlan plan = load_of(cell, settings);
  plan.target = lab.listen;
  Watch watch(cell, lab, server);
  auto load = LoadGenerator(plan, watch.hooks()).run();
  const ServerEnd end = server.stop();
  Measurement measurement = watch.take();
  if (!load) return troubled("no load: " + load.error().text());
  measurement.load = *std::move(load);
  if (measurement.load.all_served_after)
    measurement.first_service =
        watch.began_at() - server.started_at() + *measurement.load.all_served_after;
  if (end.in_peace && end.switches >= watch.switches_before())
    measurement.switches = end.switches - watch.switches_before();
  return measurement;
}

}  // namespace

Measurement measure(const Cell& cell, const CompareSettings& settings, const Laboratory& lab) {
  const Contender& contender = settings.contenders[cell.contender];
  Sizing sizing = sizing_of(cell, settings);
  sizing.port = lab.listen.port;
  // Where several interpreters are compared, there must be several processors for them.
  const bool is_parallel = cell.workload->entrants == Entrants::peers;
  auto server =
      ServerUnderTest::start({.body = server_body(cell, contender, contender.words(sizing), lab),
                              .log_path = lab.log_path,
                              .cpus = is_parallel ? lab.all_cpus : lab.server_cpus});
  if (!server) return troubled("the server did not start: " + server.error().text());
  if (!server->await_ready(lab.listen, steady_now() + start_patience))
    return troubled("the server did not listen: see " + lab.log_path);
  return load_and_watch(cell, settings, lab, *server);
}

}  // namespace brood
