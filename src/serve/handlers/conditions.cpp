#include "serve/handlers/conditions.hpp"

#include <optional>

#include "http/characters.hpp"
#include "http/date_parser.hpp"
#include "http/field.hpp"
#include "serve/handlers/entity_tag.hpp"

namespace brood {
namespace {

/// RFC 9110, section 8.8.3.2. Our own tag is always strong.
enum class Comparison : std::uint8_t { strong, weak };

bool equals(const EntityTag& tag, const Validators& current, Comparison comparison) noexcept {
  return tag.opaque == current.tag && !(tag.is_weak && comparison == Comparison::strong);
}

bool lists(std::string_view list, const Validators* current, Comparison comparison) noexcept {
  if (current == nullptr) return false;
  if (characters::trimmed(list) == "*") return true;
  while (const auto tag = next_entity_tag(list))
    if (equals(*tag, *current, comparison)) return true;
  return false;
}

/// Whether the current tag is in the field of this name, which may come in several lines. Nothing
/// if there is no such field.
std::optional<bool> find_tag(std::span<const FieldView> fields, std::string_view name,
                             const Validators* current, Comparison comparison) noexcept {
  std::optional<bool> found;
  for (const FieldView& field : fields)
    if (characters::equal_ignoring_case(field.name, name))
      found = found.value_or(false) || lists(field.value, current, comparison);
  return found;
}

/// Whether it was modified after the date in the field of this name. Nothing if there is no such
/// field, no such date or nothing to compare it with.
std::optional<bool> modified_since(std::span<const FieldView> fields, std::string_view name,
                                   const Validators* current, std::time_t now) noexcept {
  const auto text = find_field(fields, name);
  if (!text || current == nullptr) return std::nullopt;
  const auto date = parse_date(*text, now);
  if (!date) return std::nullopt;
  return current->modified > *date;
}

}  // namespace

Precondition judge_conditions(std::span<const FieldView> fields, const Validators* current,
                              bool is_read, std::time_t now) noexcept {
  if (const auto matches = find_tag(fields, "If-Match", current, Comparison::strong)) {
    if (!*matches) return Precondition::precondition_failed;
  } else if (modified_since(fields, "If-Unmodified-Since", current, now).value_or(false)) {
    return Precondition::precondition_failed;
  }
  if (const auto matches = find_tag(fields, "If-None-Match", current, Comparison::weak)) {
    if (!*matches) return Precondition::proceed;
    return is_read ? Precondition::not_modified : Precondition::precondition_failed;
  }
  if (is_read && !modified_since(fields, "If-Modified-Since", current, now).value_or(true))
    return Precondition::not_modified;
  return Precondition::proceed;
}

bool allows_range(std::span<const FieldView> fields, const Validators& current,
                  std::time_t now) noexcept {
  const auto text = find_field(fields, "If-Range");
  if (!text) return true;
  std::string_view rest = *text;
  if (const auto tag = next_entity_tag(rest))
    return rest.empty() && equals(*tag, current, Comparison::strong);
  return current.modified < now && parse_date(*text, now) == current.modified;
}

}  // namespace brood
