#pragma once

#include <sys/types.h>

#include <brood/unique_fd.hpp>
#include <string>

#include "base/result.hpp"
#include "serve/handlers/file_facts.hpp"

namespace brood {

/// A file and what was known of it when it was opened.
struct OpenFile {
  UniqueFd fd;
  FileFacts facts;
};

/// A folder that is held open, and whatever is beneath it: no path leaves it, by dots or by
/// symbolic links. Links that stay beneath it are followed.
class RootFolder {
 public:
  RootFolder() = default;

  /// Fails if it is missing, no folder, or may not be read and searched.
  static Result<RootFolder> open(const std::string& path);

  /// Opens what the names (see decode_path()) stand for. Never waits: a FIFO or a device is told
  /// by its facts. \param flags of open(2), besides those that every descriptor gets.
  Result<OpenFile> open_beneath(const std::string& names, int flags) const;

 private:
  UniqueFd fd_;
};

/// What fstat(2) says.
Result<FileFacts> facts_of(int fd);

/// The same of what has this name in a folder; of a link, not of what it leads to.
Result<FileFacts> facts_of_entry(int folder, const char* name);

/// Whether two descriptors are of one file or folder.
bool is_same_file(int one, int other) noexcept;

}  // namespace brood
