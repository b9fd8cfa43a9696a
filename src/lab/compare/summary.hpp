#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/compare/journal.hpp"

namespace brood {

/// One thing that is measured, as a number.
struct Figure {
  std::string_view name;     ///< In CSV and JSON.
  std::string_view heading;  ///< In tables.
  int decimals = 0;
  /// None: not measured.
  std::optional<double> (*of)(const Measurement&) = nullptr;
};

/// All of them, in the order of the tables.
std::span<const Figure> figures() noexcept;
const Figure& figure_named(std::string_view name) noexcept;  ///< \pre there is one.

/// What several rounds have given.
struct Spread {
  double median = 0;
  double least = 0;
  double greatest = 0;
  std::size_t rounds = 0;
};

/// None of no values.
std::optional<Spread> spread_of(std::vector<double> values);

/// Whether two differ by less than they spread: then neither is ahead. Where one of them has a
/// single round its spread is taken as a tenth, up and down.
bool is_tie(const Spread& a, const Spread& b) noexcept;

/// All rounds of one server under one load. The records outlive it.
struct Entry {
  std::string_view workload;
  std::string_view contender;
  std::uint32_t level = 0;
  std::vector<const Record*> rounds;

  std::optional<Spread> spread(const Figure& figure) const;
  std::optional<double> median(std::string_view figure_name) const;
  /// Of all rounds together.
  Histogram latency() const;
  /// The first trouble of any round; empty: none.
  std::string_view trouble() const;
};

/// In the order of their first records; those of one workload and level together.
std::vector<Entry> entries_of(std::span<const Record> records);

/// The figures that tell something of these entries: any that is above 0 somewhere, and failures.
std::vector<const Figure*> telling_figures(std::span<const Entry> group);

/// How many of the first entries are of one workload and level.
std::size_t group_size(std::span<const Entry> entries);

/// How an entry's throughput stands among those of its workload and level: "best", "tie" with the
/// best, or how far behind: "-38%"; empty where nothing was measured, or where the load sets the
/// rate, so that it tells nothing.
std::string standing(const Entry& entry, std::span<const Entry> entries);

}  // namespace brood
