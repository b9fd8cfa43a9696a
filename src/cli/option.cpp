#include "cli/option.hpp"

#include "base/units.hpp"

namespace brood {

using Texts = OptionValue::Texts;

OptionValue OptionValue::count(std::uint32_t& value, std::uint32_t least, std::uint32_t most) {
  return {.unit = "N",
          .set = [&value, least, most](
                     std::string_view text) { return store(value, read_count(text, least, most)); },
          .show = [&value] { return Texts{std::to_string(value)}; }};
}

OptionValue OptionValue::count(std::optional<std::uint32_t>& value, std::uint32_t least,
                               std::uint32_t most) {
  return {.unit = "N", .set = [&value, least, most](std::string_view text) {
            return store(value, read_count(text, least, most));
          }};
}

OptionValue OptionValue::or_auto(OptionValue value, bool& is_auto) {
  return {.unit = value.unit + "|auto",
          .set = [set = value.set, &is_auto](std::string_view text) -> std::optional<Problem> {
            is_auto = text == "auto";
            return is_auto ? std::nullopt : set(text);
          },
          .show = [show = value.show, &is_auto] { return is_auto ? Texts{"auto"} : show(); }};
}

OptionValue OptionValue::size(std::uint64_t& value, std::uint64_t least, std::uint64_t most) {
  return {.unit = "SIZE",
          .set = [&value, least, most](
                     std::string_view text) { return store(value, read_size(text, least, most)); },
          .show = [&value] { return Texts{format_size(value)}; }};
}

OptionValue OptionValue::duration(Duration& value, Duration least, Duration most) {
  return {
      .unit = "TIME",
      .set = [&value, least, most](
                 std::string_view text) { return store(value, read_duration(text, least, most)); },
      .show = [&value] { return Texts{format_duration(value)}; }};
}

OptionValue OptionValue::duration(std::optional<Duration>& value, Duration least, Duration most) {
  return {.unit = "TIME", .set = [&value, least, most](std::string_view text) {
            return store(value, read_duration(text, least, most));
          }};
}

OptionValue OptionValue::on_off(bool& value) {
  return one_of("on|off", "on|off",
                {[&value](std::size_t index) { value = index == 0; },
                 [&value] { return std::size_t{value ? 0U : 1U}; }});
}

OptionValue OptionValue::one_of(std::string unit, const std::string& names, Index index) {
  return {.unit = std::move(unit),
          .set = [names,
                  put = std::move(index.store)](std::string_view text) -> std::optional<Problem> {
            const auto chosen = read_choice(text, names);
            if (!chosen) return chosen.error();
            put(*chosen);
            return std::nullopt;
          },
          .show =
              [names, stored = std::move(index.stored)] {
                return Texts{std::string(choice_name(names, stored()))};
              }};
}

OptionValue OptionValue::text(std::string& value, std::string_view unit, std::string_view unset,
                              Check check) {
  return {.unit = std::string(unit),
          .set = [&value, unset, check](std::string_view text) -> std::optional<Problem> {
            const bool is_unset = !unset.empty() && text == unset;
            value = is_unset ? "" : text;
            return is_unset || check == nullptr ? std::nullopt : check(text);
          },
          .show =
              [&value, unset] {
                if (value.empty() && unset.empty()) return Texts{};
                return Texts{value.empty() ? std::string(unset) : value};
              }};
}

OptionValue OptionValue::list(std::vector<std::string>& values, std::string_view unit,
                              std::string_view unset, Check check) {
  return {.unit = std::string(unit),
          .set = [&values, unset, check](std::string_view text) -> std::optional<Problem> {
            if (!unset.empty() && text == unset) return std::nullopt;
            values.emplace_back(text);
            return check(text);
          },
          .show =
              [&values, unset] {
                return values.empty() && !unset.empty() ? Texts{std::string(unset)} : values;
              },
          .clear = [&values] { values.clear(); }};
}

std::string joined(std::span<const std::string_view> names, std::string_view between) {
  std::string text;
  for (const std::string_view name : names) text.append(text.empty() ? "" : between).append(name);
  return text;
}

}  // namespace brood
