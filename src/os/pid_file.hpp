#pragma once

#include <string>

#include "base/result.hpp"

namespace brood {

/// A file with this process's id, for whoever sends it signals. It is there whole or not at all,
/// and is removed with this object unless another process has written its own into it by then.
class PidFile {
 public:
  /// \param path Empty: none. \return why it cannot be written.
  static Result<PidFile> write(const std::string& path);

  PidFile() = default;
  PidFile(PidFile&& other) noexcept;
  PidFile& operator=(PidFile&&) = delete;
  ~PidFile();

 private:
  std::string path_;
};

}  // namespace brood
