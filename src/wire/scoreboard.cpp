#include "wire/scoreboard.hpp"

#include <algorithm>
#include <cstring>

namespace brood {
namespace {

// A writer holds a sequence lock for well under a microsecond; more tries than this mean that it
// was descheduled or died inside.
constexpr int sequence_tries_max = 1000;

}  // namespace

void LineCell::store(std::string_view line) noexcept {
  const std::string_view kept = line.substr(0, size_max);
  // Even to begin with, also where an earlier writer died inside.
  const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed) & ~1U;
  sequence_.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  size_.store(static_cast<std::uint32_t>(kept.size()), std::memory_order_relaxed);
  for (std::size_t at = 0; at < kept.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, kept.data() + at, std::min<std::size_t>(8, kept.size() - at));
    words_[at / 8].store(word, std::memory_order_relaxed);
  }
  sequence_.store(sequence + 2, std::memory_order_release);
}

void LineCell::read(Copy& out) const noexcept {
  for (int tries = 0; tries < sequence_tries_max && !out.is_whole; ++tries) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    out.size = std::min<std::size_t>(size_.load(std::memory_order_relaxed), size_max);
    for (std::size_t at = 0; at < out.size; at += 8) {
      const std::uint64_t word = words_[at / 8].load(std::memory_order_relaxed);
      std::memcpy(&out.bytes[at], &word, 8);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    out.is_whole = before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before;
  }
}

std::string LineCell::load() const {
  Copy copy;
  read(copy);
  const std::string line(copy.bytes.data(), copy.size);
  return copy.is_whole ? line : line + '?';
}

void LineCell::copy(const LineCell& other) noexcept {
  Copy copy;
  other.read(copy);
  store({copy.bytes.data(), copy.size});
}

void SlotPage::clear() noexcept {
  state.store({});
  entries.store(0, std::memory_order_relaxed);
  errors.store(0, std::memory_order_relaxed);
  progress_ns.store(0, std::memory_order_relaxed);
  first_idle_ns.store(0, std::memory_order_relaxed);
  phase.store(Phase::waiting, std::memory_order_relaxed);
  takes_no_more.store(0, std::memory_order_relaxed);
  in_flight.store(0, std::memory_order_relaxed);
  open_most.store(0, std::memory_order_relaxed);
  request_line.store({});
}

WorkerCounts SlotPage::counts() const noexcept {
  return {state.load().connections, entries.load(std::memory_order_relaxed),
          errors.load(std::memory_order_relaxed)};
}

void Scoreboard::bank(std::uint32_t slot) noexcept {
  const WorkerCounts counts = slots[slot].counts();
  const std::uint32_t sequence = head->bank_sequence.load(std::memory_order_relaxed);
  head->bank_sequence.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  head->banked_entries.fetch_add(counts.entries, std::memory_order_relaxed);
  head->banked_errors.fetch_add(counts.errors, std::memory_order_relaxed);
  slots[slot].clear();
  head->bank_sequence.store(sequence + 2, std::memory_order_release);
}

HealthTotals Scoreboard::totals() const noexcept {
  HealthTotals totals;
  for (int tries = 0; tries < sequence_tries_max; ++tries) {
    const std::uint32_t before = head->bank_sequence.load(std::memory_order_acquire);
    totals = {head->banked_errors.load(std::memory_order_relaxed),
              head->banked_entries.load(std::memory_order_relaxed)};
    const std::uint32_t slot_count = head->slot_count.load(std::memory_order_relaxed);
    for (std::uint32_t slot = 0; slot < slot_count; ++slot) {
      totals.errors += slots[slot].errors.load(std::memory_order_relaxed);
      totals.entries += slots[slot].entries.load(std::memory_order_relaxed);
    }
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && head->bank_sequence.load(std::memory_order_relaxed) == before) break;
  }
  return totals;
}

}  // namespace brood
