#include "os/temporary_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

namespace brood {
namespace {

/// Some file systems cannot make a file without a name: there it loses the one that it got.
UniqueFd open_and_unlink(std::string pattern) {
  UniqueFd file{::mkostemp(pattern.data(), O_CLOEXEC)};
  if (file) ::unlink(pattern.c_str());
  return file;
}

}  // namespace

bool is_temporary_folder_chosen() noexcept {
  const char* const chosen = ::getenv("TMPDIR");
  return chosen != nullptr && *chosen == '/';
}

std::string temporary_folder() {
  return is_temporary_folder_chosen() ? ::getenv("TMPDIR") : "/tmp";
}

Result<UniqueFd> open_temporary_file() noexcept {
  const std::string folder = temporary_folder();
  UniqueFd file{::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600)};
  if (!file && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
    file = open_and_unlink(folder + "/brood-XXXXXX");
  if (!file) return failure_from_errno("temporary file");
  return file;
}

}  // namespace brood
