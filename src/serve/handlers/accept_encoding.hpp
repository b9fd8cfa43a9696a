#pragma once

#include <brood/field.hpp>
#include <span>

namespace brood {

/// Whether a client would rather have gzip than nothing done to the bytes, by its Accept-Encoding
/// (RFC 9110, section 12.5.3): gzip is acceptable, and nothing is said for `identity` that is worth
/// more. A weight that is malformed is 0.
bool prefers_gzip(std::span<const FieldView> fields) noexcept;

}  // namespace brood
