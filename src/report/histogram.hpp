#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace brood {

/// How often which value was met: times in nanoseconds, say. Log-linear as HdrHistogram: values
/// below 128 have a bucket each, and each power of two above has 64 equal ones, so that a value
/// that comes out is off by less than 1 % of what went in. The whole range of 64 bits takes 30 KiB,
/// and a histogram never takes more.
class Histogram {
 public:
  using Count = std::uint64_t;
  /// The number of a bucket, and how many values lie in it.
  using Bucket = std::pair<std::uint32_t, Count>;

  void record(std::uint64_t value) { record(value, 1); }
  void record(std::uint64_t value, Count count);
  /// As if the other's values had been recorded here.
  void merge(const Histogram& other);

  Count count() const noexcept { return count_; }
  std::uint64_t min() const noexcept { return count_ == 0 ? 0 : min_; }  ///< Exact.
  std::uint64_t max() const noexcept { return max_; }                    ///< Exact.
  double mean() const noexcept;                                          ///< Of the exact values.

  /// The value that so many percent of all do not exceed; 0 without values.
  /// \param percent 0 (the least) to 100 (the greatest).
  std::uint64_t percentile(double percent) const noexcept;

  /// The buckets with something in them, ascending: with min, max and sum all that restore() needs.
  std::vector<Bucket> buckets() const;
  double sum() const noexcept { return sum_; }
  /// \return false, and nothing has happened, if the parts cannot be those of one histogram.
  bool restore(const std::vector<Bucket>& buckets, std::uint64_t min, std::uint64_t max,
               double sum);

 private:
  std::vector<Count> counts_;  ///< By bucket; as long as the greatest value needs.
  Count count_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace brood
