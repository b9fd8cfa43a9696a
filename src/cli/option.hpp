#pragma once
// An option of a command: one row of its table, bound to the variable that it sets.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/option_values.hpp"

namespace brood {

/// A variable that an option sets, which must outlive this.
struct OptionValue {
  using Texts = std::vector<std::string>;
  /// What is wrong with the text of a value, if anything is.
  using Check = std::optional<Problem> (*)(std::string_view);

  std::string unit{};  ///< For the help page: N, TIME, on|off; empty: it takes no value.
  /// Stores what the text says, or tells what is wrong with it. Empty: the option steers the parser
  /// itself, and may stand on the command line only.
  std::function<std::optional<Problem>(std::string_view)> set{};
  /// The stored value as texts that `set` would read back; one, unless the option is repeatable.
  /// Empty: there is no default to show.
  std::function<Texts()> show{};
  /// Empty: may be given once. Otherwise `set` appends, and this empties the list before it.
  std::function<void()> clear{};

  static OptionValue count(std::uint32_t& value, std::uint32_t least, std::uint32_t most);
  static OptionValue count(std::optional<std::uint32_t>& value, std::uint32_t least,
                           std::uint32_t most);
  /// Also `auto`, which is told apart by `is_auto` and leaves the value as it is.
  static OptionValue or_auto(OptionValue value, bool& is_auto);
  static OptionValue size(std::uint64_t& value, std::uint64_t least, std::uint64_t most);
  /// A day at most: every wait in milliseconds then fits the int of poll(2) and epoll_wait(2).
  static OptionValue duration(Duration& value, Duration least, Duration most = longest);
  static OptionValue duration(std::optional<Duration>& value, Duration least, Duration most);
  static OptionValue on_off(bool& value);
  /// \param names of the enumerators in their order, with `|` between
  template <class Enum>
  static OptionValue choice(Enum& value, std::string_view names) {
    return one_of(std::string(names), std::string(names),
                  {[&value](std::size_t index) { value = static_cast<Enum>(index); },
                   [&value] { return static_cast<std::size_t>(value); }});
  }
  /// \param unset how the empty text is written; empty: it cannot be
  /// \param check of any other text; null: all are right
  static OptionValue text(std::string& value, std::string_view unit, std::string_view unset,
                          Check check = nullptr);
  /// May be given several times. \param unset how the empty list is written; empty: it cannot be
  static OptionValue list(std::vector<std::string>& values, std::string_view unit,
                          std::string_view unset, Check check);

  /// How the index of a name is stored, and what is stored.
  struct Index {
    std::function<void(std::size_t)> store;
    std::function<std::size_t()> stored;
  };
  /// One of the names that `|` separates.
  static OptionValue one_of(std::string unit, const std::string& names, Index index);

 private:
  static constexpr Duration longest = std::chrono::hours{24};
};

/// Parsing, the help page, "did you mean" and what --check shows all follow from it.
struct Option {
  std::string_view name;
  std::string_view group;  ///< Heading on the help page; the rows of a group stand together.
  std::string_view help;   ///< The default is put behind it.
  OptionValue value{};
  char letter = 0;  ///< Its short form, as in -N; 0: none.
};

/// With `|` between them, for OptionValue::one_of().
std::string joined(std::span<const std::string_view> names, std::string_view between = "|");

}  // namespace brood
