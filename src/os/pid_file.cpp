#include "os/pid_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <brood/unique_fd.hpp>
#include <cstdio>
#include <fstream>
#include <utility>

namespace brood {
namespace {

Result<void> write_to(const std::string& path, const std::string& text) {
  const UniqueFd file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!file) return failure_from_errno("open");
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return failure_from_errno("write");
  return {};
}

}  // namespace

Result<PidFile> PidFile::write(const std::string& path) {
  PidFile file;
  if (path.empty()) return file;
  const std::string pid = std::to_string(::getpid());
  const std::string draft = path + '.' + pid;
  Result<void> written = write_to(draft, pid + '\n');
  if (written && std::rename(draft.c_str(), path.c_str()) != 0)
    written = failure_from_errno("rename");
  if (!written) {
    ::unlink(draft.c_str());
    return written.error();
  }
  file.path_ = path;
  return file;
}

PidFile::PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}

PidFile::~PidFile() {
  if (path_.empty()) return;
  pid_t pid = 0;
  if (std::ifstream(path_) >> pid && pid == ::getpid()) ::unlink(path_.c_str());
}

}  // namespace brood
