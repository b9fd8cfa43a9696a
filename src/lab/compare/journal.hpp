#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/compare/measurement.hpp"

namespace brood {

/// A measurement with the cell that it is of, by name: what a later run can tell it from.
struct Record {
  std::string workload;
  std::string contender;
  std::uint32_t level = 0;
  std::uint32_t round = 0;
  Measurement measurement{};
};

/// What a run has on disk while it goes on: a head, and a line for each measurement.
struct EarlierRun {
  std::string description;         ///< See describe(const CompareSettings&).
  std::vector<std::string> words;  ///< The options that asked for it.
  std::vector<Record> records;
};

/// The first line, with its end. \param description one line, printable. \param words the same.
std::string journal_head(const std::string& description, std::span<const std::string> words);

/// One measurement on one line, with its end.
std::string journal_line(const Record& record);

/// What was written before, as far as it can be read: a run that died leaves half a line at most.
/// \return nothing if it does not begin as a journal does.
std::optional<EarlierRun> parse_journal(std::string_view text);

}  // namespace brood
