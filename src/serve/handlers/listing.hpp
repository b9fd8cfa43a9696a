#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "serve/handlers/root_folder.hpp"

namespace brood {

/// A file or folder as a listing shows it.
struct ListedEntry {
  std::string name;
  FileFacts facts;
};

/// More entries than these are not shown, so that a folder cannot fill a worker's memory.
inline constexpr std::size_t listed_max = 10'000;

/// What is in a folder and may be asked for: files and folders, neither hidden ones (with a dot)
/// nor links that lead out of the root. One more than listed_max at most.
/// \param names of the folder, as decode_path() gives them.
Result<std::vector<ListedEntry>> list_folder(const RootFolder& root, const std::string& names);

/// The page for a folder: folders first, each by name, with size and time (UTC).
std::string render_listing(std::string_view names, std::vector<ListedEntry> entries);

}  // namespace brood
