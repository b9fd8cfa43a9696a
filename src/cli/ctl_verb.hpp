#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "cli/option_values.hpp"

namespace brood {

using CtlWords = std::span<const std::string>;

/// A word of the command line, and what is asked of the server for it.
struct CtlVerb {
  std::string_view name;  ///< Also the path's.
  std::string_view arguments;
  std::string_view help;
  std::size_t least = 0;  ///< Arguments.
  std::size_t most = 0;
  /// The body's members from the arguments; or what is wrong with them.
  std::optional<Problem> (*read)(CtlWords arguments, boost::json::object& body) = nullptr;
  /// What a person sees of a question's answer; null: it is an order.
  std::string (*view)(std::string_view json) = nullptr;
};

/// All of them, in the order of the help page.
std::span<const CtlVerb> ctl_verbs();

/// The verb that the words begin with, or what is wrong with them.
std::variant<const CtlVerb*, std::string> find_ctl_verb(CtlWords words);

}  // namespace brood
