#include "serve/handlers/staged_file.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace brood {
namespace {

constexpr mode_t new_file_mode = 0666;  // Less the umask.

/// Good for this process and moment, so for all.
std::string hidden_name() {
  return ".brood-put-" + std::to_string(::getpid()) + '-' + std::to_string(steady_now().ns);
}

bool has_no_name_in(int folder, int file) {
  const int flags = ::fcntl(file, F_GETFL);
  if (flags < 0 || (flags & O_TMPFILE) != O_TMPFILE) return false;
  struct stat folder_status {};
  struct stat file_status {};
  return ::fstat(folder, &folder_status) == 0 && ::fstat(file, &file_status) == 0 &&
         folder_status.st_dev == file_status.st_dev;
}

Result<void> write_all(int target, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(target, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure_from_errno("write");
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

Result<void> copy_all(int target, int source, std::uint64_t size) {
  constexpr std::uint64_t piece_max = 1 << 20;
  off_t offset = 0;
  while (static_cast<std::uint64_t>(offset) < size) {
    const std::uint64_t left = size - static_cast<std::uint64_t>(offset);
    const ssize_t copied = ::sendfile(target, source, &offset, std::min(left, piece_max));
    if (copied < 0 && errno != EINTR) return failure_from_errno("sendfile");
    if (copied == 0)
      return Failure{.code = {EIO, boost::system::system_category()},
                     .operation = "the body's file is short"};
  }
  return {};
}

}  // namespace

Result<UniqueFd> open_nameless(int folder) {
  UniqueFd fd{::openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, new_file_mode)};
  if (!fd) return failure_from_errno("open");
  return fd;
}

bool is_nameless_unsupported(const Failure& failure) noexcept {
  const int error = failure.code.value();
  return error == EOPNOTSUPP || error == EISDIR || error == EINVAL;
}

Result<StagedFile> StagedFile::take(int folder, const RequestBody& body) {
  StagedFile staged(folder);
  Result<void> done;
  if (body.file >= 0 && has_no_name_in(folder, body.file)) {
    staged.fd_ = body.file;
  } else {
    done = staged.open_own();
    if (done)
      done = body.file < 0 ? write_all(staged.fd_, body.bytes)
                           : copy_all(staged.fd_, body.file, body.size);
  }
  if (!done) return done.error();
  if (::fsync(staged.fd_) != 0) return failure_from_errno("fsync");
  return staged;
}

Result<void> StagedFile::open_own() {
  auto nameless = open_nameless(folder_);
  if (nameless) {
    own_fd_ = std::move(*nameless);
  } else if (is_nameless_unsupported(nameless.error())) {
    const std::string name = hidden_name();
    own_fd_.reset(
        ::openat(folder_, name.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, new_file_mode));
    if (!own_fd_) return failure_from_errno("open");
    hidden_ = name;
  } else {
    return nameless.error();
  }
  fd_ = own_fd_.get();
  return {};
}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : folder_(other.folder_),
      fd_(other.fd_),
      own_fd_(std::move(other.own_fd_)),
      hidden_(std::exchange(other.hidden_, {})) {}

StagedFile::~StagedFile() {
  if (!hidden_.empty()) ::unlinkat(folder_, hidden_.c_str(), 0);
}

Result<void> StagedFile::link_as(const std::string& name) {
  // By its place in /proc: linking a bare descriptor (AT_EMPTY_PATH) needs a capability.
  const std::string source = "/proc/self/fd/" + std::to_string(fd_);
  const int result =
      hidden_.empty() ? ::linkat(AT_FDCWD, source.c_str(), folder_, name.c_str(), AT_SYMLINK_FOLLOW)
                      : ::linkat(folder_, hidden_.c_str(), folder_, name.c_str(), 0);
  if (result != 0) return failure_from_errno("link");
  return {};
}

Result<void> StagedFile::create(const std::string& name) {
  return link_as(name);
}

Result<void> StagedFile::replace(const std::string& name) {
  if (hidden_.empty()) {
    const std::string between = hidden_name();
    if (auto linked = link_as(between); !linked) return linked;
    hidden_ = between;
  }
  if (::renameat(folder_, hidden_.c_str(), folder_, name.c_str()) != 0)
    return failure_from_errno("rename");
  hidden_.clear();
  return {};
}

}  // namespace brood
