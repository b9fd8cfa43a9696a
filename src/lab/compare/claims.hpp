#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lab/compare/summary.hpp"

namespace brood {

enum class ClaimVerdict : std::uint8_t { confirmed, refuted, depends, not_measured };

/// "confirmed", "refuted", "depends", "not measured".
std::string_view to_string(ClaimVerdict verdict) noexcept;

/// What is said of a model, and what was seen.
struct Claim {
  std::string_view model;
  std::string_view text;        ///< What is said.
  std::string_view experiment;  ///< How it was tried.
  std::string figures{};        ///< What was seen.
  ClaimVerdict verdict = ClaimVerdict::not_measured;
  std::string reason{};  ///< On what it depends, or why it was not measured; may be empty.
};

/// The trade-offs that are told of five ways to serve (process, thread, pre-forking, thread pool,
/// reactor), each judged by what was measured on this machine; simplicity, which nobody can
/// measure, aside.
std::vector<Claim> judge_claims(std::span<const Entry> entries);

}  // namespace brood
