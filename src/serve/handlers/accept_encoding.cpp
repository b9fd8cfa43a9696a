#include "serve/handlers/accept_encoding.hpp"

#include <optional>
#include <string_view>

#include "http/characters.hpp"
#include "http/field.hpp"

namespace brood {
namespace {

/// A qvalue (RFC 9110, section 12.4.2) in thousandths; 0 if it is none.
int read_weight(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  int weight = text[0] == '1' ? 1000 : 0;
  int place = 100;
  for (const char digit : text.substr(text.size() > 1 ? 2 : 1)) {
    if (!characters::is(digit, characters::digit)) return 0;
    weight += (digit - '0') * place;
    place /= 10;
  }
  return weight > 1000 ? 0 : weight;
}

/// What codings are worth; nothing: not spoken of.
struct Weights {
  std::optional<int> gzip;
  std::optional<int> identity;
  std::optional<int> others;
};

void add_element(std::string_view element, Weights& weights) noexcept {
  const auto semicolon = element.find(';');
  const std::string_view coding = characters::trimmed(element.substr(0, semicolon));
  int weight = 1000;
  if (semicolon != std::string_view::npos) {
    const std::string_view parameter = characters::trimmed(element.substr(semicolon + 1));
    const bool is_weight = characters::equal_ignoring_case(parameter.substr(0, 2), "q=");
    weight = is_weight ? read_weight(parameter.substr(2)) : 0;
  }
  const auto is = [coding](std::string_view name) {
    return characters::equal_ignoring_case(coding, name);
  };
  switch (coding.size()) {  // Lists may be long, and no two have the same.
    case 1:
      if (is("*")) weights.others = weight;
      break;
    case 4:
      if (is("gzip")) weights.gzip = weight;
      break;
    case 6:
      if (is("x-gzip")) weights.gzip = weight;  // RFC 9110, section 8.4.1.3.
      break;
    case 8:
      if (is("identity")) weights.identity = weight;
      break;
    default: break;
  }
}

}  // namespace

bool prefers_gzip(std::span<const FieldView> fields) noexcept {
  Weights weights;
  for (const FieldView& field : fields) {
    if (!characters::equal_ignoring_case(field.name, "Accept-Encoding")) continue;
    std::string_view list = field.value;
    while (const auto element = next_element_of(list)) add_element(*element, weights);
  }
  const int others = weights.others.value_or(0);
  const int gzip = weights.gzip.value_or(others);
  return gzip > 0 && gzip >= weights.identity.value_or(others);
}

}  // namespace brood
