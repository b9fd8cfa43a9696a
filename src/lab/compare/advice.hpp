#pragma once

#include <span>
#include <string>
#include <vector>

#include "lab/compare/summary.hpp"

namespace brood {

/// Which model for which load: a sentence for each workload in which models have met, at its
/// highest level: who was best at what matters there, who was no worse within what rounds differ,
/// and who was the worst.
std::vector<std::string> advice_of(std::span<const Entry> entries);

/// The same for a terminal, with a heading; empty if there is none.
std::string advice_text(std::span<const Entry> entries);

}  // namespace brood
