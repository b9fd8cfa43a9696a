#include "control/service_news.hpp"

#include <algorithm>

namespace brood {
namespace {

constexpr Duration status_interval = std::chrono::seconds{1};

void add(std::string& lines, const std::string& line) {
  if (!lines.empty()) lines += '\n';
  lines += line;
}

/// A value ends with its line.
std::string one_line(std::string text) {
  for (char& byte : text)
    if (static_cast<unsigned char>(byte) < 0x20) byte = ' ';
  return text;
}

/// Its time stamp, CLOCK_MONOTONIC, is what a manager tells one reload from the next by.
std::string reloading(TimePoint now) {
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.ns / 1000);
}

}  // namespace

std::string ServiceNews::tick(TimePoint now, const Now& state) {
  std::string lines;
  const bool has_reloaded = state.reloads != reloads_;
  const Phase before = told_;
  if (has_reloaded && before == Phase::ready) add(lines, reloading(now));
  if (state.phase == Phase::ready && (before != Phase::ready || has_reloaded))
    add(lines, "READY=1");
  if (state.phase == Phase::stopping && before != Phase::stopping) add(lines, "STOPPING=1");
  // Who is ready stays so, also while fewer workers are there than it wants.
  if (state.phase != Phase::starting) told_ = state.phase;
  reloads_ = state.reloads;
  if (state.status != status_ && (!lines.empty() || now - status_told_ >= status_interval)) {
    status_ = state.status;
    status_told_ = now;
    add(lines, "STATUS=" + one_line(status_));
  }
  if (watchdog_.count() > 0 && state.is_well && now - fed_ >= watchdog_ / 3) {
    fed_ = now;
    add(lines, "WATCHDOG=1");
  }
  return lines;
}

ServiceNews::Now news_of(const PoolStatus& status, std::uint32_t min_spare) {
  const StateCounts& states = status.states;
  const bool is_ready = states.idle + states.busy >= std::max(1U, min_spare);
  ServiceNews::Now now{.phase = status.is_stopping           ? ServiceNews::Phase::stopping
                                : status.reload.is_under_way ? ServiceNews::Phase::reloading
                                : is_ready                   ? ServiceNews::Phase::ready
                                                             : ServiceNews::Phase::starting,
                       .reloads = status.reload.asked};
  if (status.sole_worker) {
    now.status = std::to_string(status.sole_worker->open) + " connections open";
  } else {
    now.status = std::to_string(states.idle) + " idle, " + std::to_string(states.busy) + " busy, " +
                 std::to_string(states.total()) + " workers";
  }
  if (!status.reload.outcome.empty()) now.status += "; last reload: " + status.reload.outcome;
  return now;
}

}  // namespace brood
