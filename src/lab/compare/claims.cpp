#include "lab/compare/claims.hpp"

#include <algorithm>
#include <optional>

#include "report/table.hpp"

namespace brood {
namespace {

using Entries = std::span<const Entry>;

/// One figure of one entry, with its name in the table of figures.
struct Seen {
  const Entry* entry = nullptr;

  std::optional<double> operator()(std::string_view name) const {
    return entry == nullptr ? std::nullopt : entry->median(name);
  }
};

/// At the highest level that there is.
Seen highest(Entries entries, std::string_view workload, std::string_view contender) {
  Seen seen;
  for (const Entry& entry : entries)
    if (entry.workload == workload && entry.contender == contender &&
        (seen.entry == nullptr || entry.level > seen.entry->level))
      seen.entry = &entry;
  return seen;
}

std::string number(std::optional<double> value, int decimals) {
  return value ? format_fixed(*value, decimals) : "-";
}

/// "process 512.3, thread 80.1"
std::string beside(std::string_view a, std::optional<double> of_a, std::string_view b,
                   std::optional<double> of_b, int decimals) {
  return std::string(a) + ' ' + number(of_a, decimals) + ", " + std::string(b) + ' ' +
         number(of_b, decimals);
}

/// Judges a claim that one value exceeds another `factor` times; within a tenth of it, it depends.
void judge_ratio(Claim& claim, std::optional<double> greater, std::optional<double> less,
                 double factor) {
  if (!greater || !less) return;
  const double ratio = *less > 0 ? *greater / *less : 1e9;
  claim.verdict = ratio >= factor ? ClaimVerdict::confirmed : ClaimVerdict::refuted;
  if (ratio < factor && ratio > 1.1) {
    claim.verdict = ClaimVerdict::depends;
    claim.reason = "on how much it matters: " + format_fixed(ratio, 2) + " times";
  }
}

Claim forking_is_dear(Entries entries) {
  Claim claim{.model = "process",
              .text = "forking is not a cheap operation",
              .experiment = "close: CPU for a connection of one small request, us"};
  const auto fork = highest(entries, "close", "process")("cpu_us");
  const auto pool = highest(entries, "close", "prefork")("cpu_us");
  const auto thread = highest(entries, "close", "thread")("cpu_us");
  claim.figures = beside("process", fork, "prefork", pool, 1) + ", thread " + number(thread, 1);
  judge_ratio(claim, fork, pool, 1.5);
  return claim;
}

/// What lifting the bound of `model` does to a crowd.
Claim no_bound_overwhelms(Entries entries, std::string_view model, std::string_view text,
                          std::string_view figure_name, std::string_view unit) {
  Claim claim{.model = model,
              .text = text,
              .experiment = "crowd: clients at once, with and without a bound"};
  const Seen bound = highest(entries, "crowd", model);
  const Seen free = highest(entries, "crowd", std::string(model) + "-unlimited");
  if (bound.entry == nullptr || free.entry == nullptr) return claim;
  claim.figures =
      std::to_string(free.entry->level) + " clients, " + std::string(unit) + ": " +
      beside("unlimited", free(figure_name), "bounded", bound(figure_name), 1) + "; requests/s: " +
      beside("unlimited", free("throughput"), "bounded", bound("throughput"), 0) +
      "; PSS MiB: " + beside("unlimited", free("memory_mib"), "bounded", bound("memory_mib"), 0);
  if (!free.entry->trouble().empty() || free("throughput") < bound("throughput")) {
    claim.verdict = ClaimVerdict::confirmed;
    claim.reason = free.entry->trouble();
  } else {
    claim.verdict = ClaimVerdict::depends;
    claim.reason = "on the crowd and on the memory: this one was served";
  }
  return claim;
}

Claim threads_are_lighter(Entries entries) {
  Claim claim{.model = "thread",
              .text = "threads are lighter on resources, so there can be more of them",
              .experiment = "idle: memory for a held connection that says nothing, KiB"};
  const Seen process = highest(entries, "idle", "process");
  const Seen thread = highest(entries, "idle", "thread");
  const auto each = [](const Seen& seen) -> std::optional<double> {
    const auto memory = seen("memory_mib");
    const auto held = seen("idle_held");
    if (!memory || !held || *held <= 0) return std::nullopt;
    return *memory * 1024 / *held;
  };
  claim.figures = beside("process", each(process), "thread", each(thread), 1);
  judge_ratio(claim, each(process), each(thread), 1.5);
  return claim;
}

Claim pool_prevents_too_many(Entries entries) {
  Claim claim{.model = "prefork",
              .text = "prevents too many processes from being spawned",
              .experiment = "idle: processes at the peak, with kept connections"};
  const auto pool = highest(entries, "idle", "prefork")("processes");
  const auto free = highest(entries, "idle", "process")("processes");
  claim.figures = beside("prefork", pool, "process", free, 0);
  judge_ratio(claim, free, pool, 1.5);
  return claim;
}

Claim fork_copies_everything(Entries entries) {
  Claim claim{.model = "prefork",
              .text = "each fork takes up to 100 % of the parent's memory",
              .experiment = "ballast: PSS of small and large pools whose parent has 64 MiB"};
  const Entry *small = nullptr, *large = nullptr;
  for (const Entry& entry : entries) {
    if (entry.workload != "ballast") continue;
    if (small == nullptr || entry.level < small->level) small = &entry;
    if (large == nullptr || entry.level > large->level) large = &entry;
  }
  if (small == large) return claim;
  const auto before = small->median("memory_mib"), after = large->median("memory_mib");
  if (!before || !after || *before <= 0) return claim;
  const double each = (*after - *before) / (large->level - small->level);
  const double share = each / *before * 100;
  claim.figures = std::to_string(small->level) + " workers " + number(before, 1) + " MiB, " +
                  std::to_string(large->level) + " workers " + number(after, 1) +
                  " MiB: " + format_fixed(each, 2) + " MiB each, " + format_fixed(share, 1) +
                  " % of the parent";
  claim.verdict = share < 20   ? ClaimVerdict::refuted
                  : share > 80 ? ClaimVerdict::confirmed
                               : ClaimVerdict::depends;
  claim.reason = share < 20 ? "pages are shared until one of both writes" : "on what is written";
  return claim;
}

Claim pool_of_threads_is_lighter(Entries entries) {
  Claim claim{.model = "thread-pool",
              .text = "more concurrency than pre-forking: a thread is light",
              .experiment = "sleep: the same number of threads and of workers"};
  const Seen threads = highest(entries, "sleep", "thread-pool");
  const Seen workers = highest(entries, "sleep", "prefork");
  claim.figures =
      "PSS MiB: " +
      beside("thread-pool", threads("memory_mib"), "prefork", workers("memory_mib"), 1) +
      "; requests/s: " +
      beside("thread-pool", threads("throughput"), "prefork", workers("throughput"), 0);
  judge_ratio(claim, workers("memory_mib"), threads("memory_mib"), 1.5);
  return claim;
}

Claim a_lock_favours_processes(Entries entries) {
  Claim claim{.model = "prefork",
              .text = "with a global interpreter lock pre-forking parallelises better",
              .experiment = "interpreter: gunicorn, two processes or two threads, requests/s"};
  const auto sync = highest(entries, "interpreter", "gunicorn-sync")("throughput");
  const auto threads = highest(entries, "interpreter", "gunicorn-gthread")("throughput");
  if (!sync || !threads) {
    claim.reason = "gunicorn was not there";
    return claim;
  }
  claim.figures = beside("sync", sync, "gthread", threads, 0);
  judge_ratio(claim, sync, threads, 1.3);
  return claim;
}

Claim a_reactor_holds_thousands(Entries entries) {
  Claim claim{.model = "evented",
              .text = "carries thousands of connections",
              .experiment = "idle: kept connections beside four quick clients"};
  const Seen seen = highest(entries, "idle", "evented");
  const auto held = seen("idle_held"), failed = seen("failed");
  if (!held || !failed) return claim;
  claim.figures = "held " + number(held, 0) + " of " + std::to_string(seen.entry->level) +
                  ", failed " + number(failed, 0) + ", PSS MiB " + number(seen("memory_mib"), 1);
  const bool is_whole = *held >= seen.entry->level && *failed == 0;
  claim.verdict = !is_whole                   ? ClaimVerdict::refuted
                  : seen.entry->level >= 1000 ? ClaimVerdict::confirmed
                                              : ClaimVerdict::depends;
  if (claim.verdict == ClaimVerdict::depends) claim.reason = "on how many: no more were tried";
  return claim;
}

Claim never_block_a_reactor(Entries entries) {
  Claim claim{.model = "evented",
              .text = "never block the reactor",
              .experiment = "sleep: each request blocks for 10 ms, requests/s"};
  const auto reactor = highest(entries, "mixed", "evented")("p99_ms");
  const auto pool = highest(entries, "mixed", "prefork")("p99_ms");
  const auto blocked = highest(entries, "sleep", "evented")("throughput");
  const auto unblocked = highest(entries, "sleep", "prefork")("throughput");
  claim.figures = beside("evented", blocked, "prefork", unblocked, 0) +
                  "; mixed, one in ten blocks for 20 ms, p99 ms: " +
                  beside("evented", reactor, "prefork", pool, 1);
  judge_ratio(claim, unblocked, blocked, 1.5);
  return claim;
}

}  // namespace

std::string_view to_string(ClaimVerdict verdict) noexcept {
  constexpr std::string_view names[] = {"confirmed", "refuted", "depends", "not measured"};
  return names[static_cast<std::size_t>(verdict)];
}

std::vector<Claim> judge_claims(std::span<const Entry> entries) {
  return {
      no_bound_overwhelms(entries, "process", "without an upper bound the system falls over",
                          "processes", "processes"),
      forking_is_dear(entries),
      threads_are_lighter(entries),
      no_bound_overwhelms(entries, "thread", "without an upper bound context switches overwhelm",
                          "switches", "switches/req"),
      pool_prevents_too_many(entries),
      fork_copies_everything(entries),
      pool_of_threads_is_lighter(entries),
      a_lock_favours_processes(entries),
      a_reactor_holds_thousands(entries),
      never_block_a_reactor(entries),
  };
}

}  // namespace brood
