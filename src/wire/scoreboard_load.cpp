// How loaded the server is, from what all workers show of themselves.
#include <algorithm>
#include <limits>

#include "wire/scoreboard.hpp"

namespace brood {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();

/// Of about a millisecond; the difference of two of them is right across the end of 32 bits.
std::uint32_t coarse(TimePoint time) noexcept {
  return static_cast<std::uint32_t>(time.ns >> 20);
}

std::uint32_t clamped(std::uint64_t number) noexcept {
  return static_cast<std::uint32_t>(std::min(number, most));
}

/// 0 if there are none. Of an even number, the upper one of the two in the middle.
std::uint32_t median(std::vector<std::uint32_t>& values) noexcept {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace

void LatencyCell::store(Duration latency, TimePoint answered) noexcept {
  // Not 0, which is how an empty place begins.
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(1, to_us(latency)));
  const std::uint32_t place = next_.fetch_add(1, std::memory_order_relaxed) % size;
  words_[place].store(std::uint64_t{coarse(answered)} << 32 | clamped(us),
                      std::memory_order_relaxed);
}

void LatencyCell::load(TimePoint now, std::vector<std::uint32_t>& latencies_us) const {
  for (const auto& cell : words_) {
    const std::uint64_t word = cell.load(std::memory_order_relaxed);
    const auto latency_us = static_cast<std::uint32_t>(word);
    const std::uint32_t age = coarse(now) - static_cast<std::uint32_t>(word >> 32);
    if (latency_us != 0 && age <= coarse({age_max.count()})) latencies_us.push_back(latency_us);
  }
}

LoadReport Scoreboard::load(TimePoint now) const {
  const auto relaxed = std::memory_order_relaxed;
  const std::uint64_t places = head->connections_per_worker.load(relaxed);
  const std::uint32_t slot_count = head->slot_count.load(relaxed);
  std::uint64_t busy = 0;
  std::uint64_t idle = 0;
  std::uint64_t in_flight = 0;
  std::vector<std::uint32_t> latencies_us;
  for (std::uint32_t slot = 0; slot < slot_count; ++slot) {
    const SlotPage& page = slots[slot];
    const WorkerSnapshot seen = page.state.load();
    const std::uint64_t open = std::min<std::uint64_t>(seen.open, places);
    busy += open;
    if (seen.state == WorkerState::idle) idle += places - open;
    in_flight += std::min<std::uint64_t>(page.in_flight.load(relaxed), open);
    page.latencies.load(now, latencies_us);
  }
  return {.epoch_ms = head->epoch_ms.load(relaxed),
          .busy = clamped(busy),
          .idle = clamped(idle),
          .max = clamped(places * head->max_workers.load(relaxed)),
          .queue = 0,
          .in_flight = clamped(in_flight),
          .latency_us = median(latencies_us),
          .is_draining = head->draining.load(relaxed) != 0};
}

}  // namespace brood
