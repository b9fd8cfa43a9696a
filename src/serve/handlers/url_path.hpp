#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace brood {

/// The names that the path of a request stands for, beneath a root: "/a%20b/../c/" is "c/", "/" is
/// empty, and a slash at the end asks for a folder. Dot segments are gone, encoded ones too.
/// Nothing (answer 400) for what leads above the root, for a NUL and for an encoded slash: a name
/// can hold neither, and readers that disagree about them are what attacks are made of.
std::optional<std::string> decode_path(std::string_view path);

/// Whether decoded names ask for a folder.
constexpr bool names_folder(std::string_view names) noexcept {
  return names.empty() || names.back() == '/';
}

/// Names as they stand in a URL (RFC 3986, section 2.1): all is encoded but slashes and what is
/// never special.
std::string encode_path(std::string_view names);

}  // namespace brood
