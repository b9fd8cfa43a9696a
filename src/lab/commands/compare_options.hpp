#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/endpoint.hpp"
#include "cli/serve_options.hpp"

namespace brood {

/// What `brood compare` was asked to do, checked; the initialisers are the defaults. Each member is
/// the option of the same name, described in src/lab/commands/compare_options.cpp.
struct CompareOptions {
  std::vector<std::string> models;     ///< Names that there are; not empty.
  std::vector<std::string> workloads;  ///< The same.
  std::vector<std::string> peers;      ///< The same, and may be empty.
  bool quick = false;
  bool resume = false;
  std::uint32_t workers = 16;
  std::optional<std::uint32_t> rounds{};       ///< Nothing: 5, or 2 with `quick`.
  std::optional<Duration> duration{};          ///< Nothing: 2 s, or 200 ms with `quick`.
  std::optional<std::uint32_t> rate{};         ///< Nothing: those of the workloads.
  std::optional<std::uint32_t> connections{};  ///< The same.
  std::string policy = "exponential";
  std::uint32_t seed = 1;
  Endpoint listen{Endpoint::Kind::ipv4, "127.0.0.1", 0, {}};  ///< No path.
  std::string out = "brood-compare";
  /// Those that say what is measured, "--quick", "--workers=4": what another run needs to be told.
  std::vector<std::string> words{};
};

/// What to do, a mistake of the user, or the page of --help.
using CompareParse = std::variant<CompareOptions, OptionError, HelpText>;

/// Reads the arguments after `brood compare`. --help wins over all. Opens no file.
CompareParse parse_compare_options(std::span<const std::string> args);

}  // namespace brood
