#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serve/handlers/file_facts.hpp"

namespace brood {

/// The strong entity tag of a file: inode, time of modification in nanoseconds and size in hex,
/// with the quotes. A file that is replaced changes its inode, one that is written its time.
std::string format_entity_tag(const FileFacts& facts);

/// An entity tag as a client sends it (RFC 9110, section 8.8.3).
struct EntityTag {
  std::string_view opaque;  ///< With its quotes.
  bool is_weak = false;
};

/// Takes the next entity tag off a list of them, which may hold commas inside its quotes. Nothing
/// at the end, or where the list is malformed: what follows is not looked at.
std::optional<EntityTag> next_entity_tag(std::string_view& list) noexcept;

}  // namespace brood
