#pragma once

#include <span>
#include <string>

namespace brood {

/// One record of RFC 4180, CRLF included: a field with a comma, a quote or a line break in it is
/// put in quotes, and a quote in it doubled.
std::string csv_record(std::span<const std::string> fields);

}  // namespace brood
