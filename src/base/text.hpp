#pragma once

#include <span>
#include <string>
#include <string_view>

namespace brood {

/// What a stranger sent, made safe for one line of a log: printable ASCII stays, a backslash is
/// doubled, every other byte becomes \xNN.
std::string escape(std::string_view bytes);

/// The candidate with the least edit distance to `name`, for "did you mean": empty when none is
/// near (more than a third of the letters would have to change).
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace brood
