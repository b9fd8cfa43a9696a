#pragma once

#include <brood/request.hpp>
#include <brood/unique_fd.hpp>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace brood {

/// A file without a name in this folder, to be written and given one (O_TMPFILE): whoever is
/// killed before that leaves nothing behind. EOPNOTSUPP if the file system knows none.
Result<UniqueFd> open_nameless(int folder);

/// Whether such a failure means that there are no files without a name here.
bool is_nameless_unsupported(const Failure& failure) noexcept;

/// The bytes of a request on their way into a folder: on disk, whole, but not to be seen yet. They
/// have no name where the file system allows it; else one that begins with ".brood-put", until the
/// object goes.
class StagedFile {
 public:
  /// The body itself if it has been written into an open_nameless() of this folder, else a copy;
  /// synced. \param folder and the body's file are to outlive the object.
  static Result<StagedFile> take(int folder, const RequestBody& body);

  StagedFile(StagedFile&& other) noexcept;
  StagedFile& operator=(StagedFile&&) = delete;
  ~StagedFile();

  int fd() const noexcept { return fd_; }

  /// Gives it a name that nothing has yet; EEXIST otherwise.
  Result<void> create(const std::string& name);
  /// Puts it in the place of what has that name, at once for all who look. A worker that is killed
  /// in the middle of this call may leave the whole file under its hidden name.
  Result<void> replace(const std::string& name);

 private:
  explicit StagedFile(int folder) noexcept : folder_(folder) {}
  Result<void> open_own();
  Result<void> link_as(const std::string& name);

  int folder_;
  int fd_ = -1;
  UniqueFd own_fd_;     // Empty: the body's file is used.
  std::string hidden_;  // Its name meanwhile; empty: none.
};

}  // namespace brood
