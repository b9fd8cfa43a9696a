#include "report/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace brood {
namespace {

constexpr int half_bits = 6;  // 64 buckets for each power of two.
constexpr std::uint32_t half = 1U << half_bits;
constexpr std::uint32_t bucket_count = half * (64 - half_bits + 1);

std::uint32_t bucket_of(std::uint64_t value) noexcept {
  const auto width = static_cast<int>(std::bit_width(value));
  if (width <= half_bits + 1) return static_cast<std::uint32_t>(value);
  const int shift = width - half_bits - 1;
  return static_cast<std::uint32_t>(shift) * half + static_cast<std::uint32_t>(value >> shift);
}

/// The middle of what lies in a bucket.
std::uint64_t value_of(std::uint32_t bucket) noexcept {
  if (bucket < 2 * half) return bucket;
  const std::uint32_t shift = bucket / half - 1;
  const std::uint64_t least = std::uint64_t{half + bucket % half} << shift;
  return least + ((std::uint64_t{1} << shift) >> 1);
}

}  // namespace

void Histogram::record(std::uint64_t value, Count count) {
  if (count == 0) return;
  const std::uint32_t bucket = bucket_of(value);
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  counts_[bucket] += count;
  count_ += count;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value) * static_cast<double>(count);
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t bucket = 0; bucket < other.counts_.size(); ++bucket)
    counts_[bucket] += other.counts_[bucket];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double Histogram::mean() const noexcept {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t Histogram::percentile(double percent) const noexcept {
  if (count_ == 0) return 0;
  // A product that misses a whole number by rounding only is that number.
  const double share = std::clamp(percent, 0.0, 100.0) / 100 * static_cast<double>(count_);
  const auto rank = std::max<Count>(1, static_cast<Count>(std::ceil(share - 1e-6)));
  if (rank >= count_) return max_;
  Count below = 0;
  for (std::uint32_t bucket = 0; bucket < counts_.size(); ++bucket) {
    below += counts_[bucket];
    if (below >= rank) return rank == 1 ? min_ : std::clamp(value_of(bucket), min_, max_);
  }
  return max_;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (std::uint32_t bucket = 0; bucket < counts_.size(); ++bucket)
    if (counts_[bucket] > 0) filled.emplace_back(bucket, counts_[bucket]);
  return filled;
}

bool Histogram::restore(const std::vector<Bucket>& buckets, std::uint64_t min, std::uint64_t max,
                        double sum) {
  const auto by_number = [](const Bucket& a, const Bucket& b) { return a.first >= b.first; };
  if (std::ranges::adjacent_find(buckets, by_number) != buckets.end()) return false;
  Histogram restored;
  for (const auto& [bucket, count] : buckets) {
    if (bucket >= bucket_count || count == 0) return false;
    restored.record(value_of(bucket), count);
  }
  if (!buckets.empty() &&
      (bucket_of(min) != buckets.front().first || bucket_of(max) != buckets.back().first))
    return false;
  *this = std::move(restored);
  if (count_ == 0) return true;
  min_ = min;
  max_ = max;
  sum_ = sum;
  return true;
}

}  // namespace brood
