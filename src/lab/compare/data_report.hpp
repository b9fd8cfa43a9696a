#pragma once

#include <span>
#include <string>

#include "lab/compare/claims.hpp"
#include "lab/compare/summary.hpp"

namespace brood {

/// A row for each measurement, every round: RFC 4180, with a head.
std::string measurements_csv(std::span<const Record> records);

/// One JSON object (RFC 8259): `run` as it was described, `machine`, `results` with median, least
/// and greatest of each figure, `claims`.
std::string results_json(const std::string& run, const std::string& machine,
                         std::span<const Entry> entries, std::span<const Claim> claims);

}  // namespace brood
