#include "handlers/root_folder.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace brood {
namespace {

/// How often openat2() may say EAGAIN: it cannot vouch for a ".." in a link while folders move.
constexpr int attempts_max = 8;

FileFacts::Kind kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return FileFacts::Kind::file;
  return S_ISDIR(mode) ? FileFacts::Kind::folder : FileFacts::Kind::other;
}

}  // namespace

Result<RootFolder> RootFolder::open(const std::string& path) {
  RootFolder root;
  root.fd_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.fd_) return failure_from_errno("open");
  if (::faccessat(root.fd_.get(), ".", R_OK | X_OK, AT_EACCESS) != 0)
    return failure_from_errno("access");
  return root;
}

Result<OpenFile> RootFolder::open_beneath(const std::string& names, int flags) const {
  open_how how{};
  const int never_waits = (flags & O_PATH) != 0 ? 0 : O_NOCTTY | O_NONBLOCK;
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | never_waits);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  OpenFile file;
  for (int attempt = 0; attempt < attempts_max && !file.fd; ++attempt) {
    file.fd.reset(static_cast<int>(
        ::syscall(SYS_openat2, fd_.get(), names.empty() ? "." : names.c_str(), &how, sizeof how)));
    if (!file.fd && errno != EAGAIN && errno != EINTR) break;
  }
  if (!file.fd) return failure_from_errno("openat2");
  const auto facts = facts_of(file.fd.get());
  if (!facts) return facts.error();
  file.facts = *facts;
  return file;
}

Result<FileFacts> facts_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failure_from_errno("fstat");
  constexpr mode_t permissions = 0777;
  return FileFacts{
      .kind = kind_of(status.st_mode),
      .mode = status.st_mode & permissions,
      .inode = status.st_ino,
      .modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
      .size = static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace brood
