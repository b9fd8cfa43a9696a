#pragma once

#include <optional>
#include <string>

#include <brood/unique_fd.hpp>
#include "base/result.hpp"

namespace brood {

/// A file that grows: what has been appended is with the kernel, and outlives this process.
class GrowingFile {
 public:
  /// Replaces what is there. \return what went wrong, if anything did.
  std::optional<Failure> open(const std::string& path, const std::string& text);
  std::optional<Failure> append(const std::string& text);

 private:
  UniqueFd fd_;
};

}  // namespace brood
