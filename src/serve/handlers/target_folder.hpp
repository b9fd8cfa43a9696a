#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "serve/handlers/file_refusal.hpp"
#include "serve/handlers/root_folder.hpp"

namespace brood {

/// A name in an open folder: what a PUT or a DELETE is about.
struct FileTarget {
  std::string names;         ///< From the root.
  std::string folder_names;  ///< Those of the folder, with the last slash; empty: the root.
  std::string name;
  UniqueFd folder;
};

/// What a request's path stands for: 400 if it cannot be told, 404 if there is no such folder, 409
/// if the path is a folder's.
FileOutcome<FileTarget> find_target(const RootFolder& root, std::string_view path);

/// Whether it came to nothing because the folder, or one above it, is not there.
bool lacks_folder(const FileRefusal& refusal) noexcept;

/// Makes the folders that the path needs and that are not there; synced.
FileOutcome<void> make_folders(const RootFolder& root, std::string_view path);

/// The last folder on the path that is there.
FileOutcome<UniqueFd> nearest_folder(const RootFolder& root, std::string_view path);

/// Takes the target's folder for one change, until it is closed or given up, against all who lock
/// it by flock(2). Waits for nobody.
enum class Taking : std::uint8_t {
  taken,
  not_now,  ///< Somebody else has it, or it is not any more where it was found.
};
FileOutcome<Taking> take_folder(const RootFolder& root, const FileTarget& target);
void give_up_folder(const FileTarget& target) noexcept;

}  // namespace brood
