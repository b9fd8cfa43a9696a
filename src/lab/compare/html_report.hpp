#pragma once

#include <span>
#include <string>

#include "lab/compare/claims.hpp"
#include "lab/compare/summary.hpp"

namespace brood {

/// One page for people, readable without a network: claims, plots and a table for each workload.
/// \param run, machine what was run, and where; a line each.
std::string html_report(const std::string& run, const std::string& machine,
                        std::span<const Entry> entries, std::span<const Claim> claims);

/// The claims as a table for a terminal.
std::string claims_text(std::span<const Claim> claims);

}  // namespace brood
