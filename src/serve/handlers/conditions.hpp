#pragma once

#include <brood/field.hpp>
#include <cstdint>
#include <ctime>
#include <span>
#include <string_view>

namespace brood {

/// What the conditions of a request are held against: the representation that it would get.
struct Validators {
  std::string_view tag;      ///< A strong entity tag with its quotes.
  std::time_t modified = 0;  ///< As in its Last-Modified.
};

enum class Precondition : std::uint8_t {
  proceed,
  not_modified,         ///< 304
  precondition_failed,  ///< 412
};

/// If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since, in the order of RFC 9110,
/// section 13.2.2. A malformed tag equals none; a malformed date is ignored with its field.
/// \param current null: there is nothing yet.
/// \param is_read whether the method is GET or HEAD.
/// \param now     in seconds since 1970, for dates with two digits of a year.
Precondition judge_conditions(std::span<const FieldView> fields, const Validators* current,
                              bool is_read, std::time_t now) noexcept;

/// Whether Range is to be looked at: there is no If-Range, or it names just this representation
/// (RFC 9110, section 13.1.5). A date does so only if its second is over: within it the file may
/// have changed unseen.
bool allows_range(std::span<const FieldView> fields, const Validators& current,
                  std::time_t now) noexcept;

}  // namespace brood
