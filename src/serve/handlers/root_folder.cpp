#include "serve/handlers/root_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "serve/handlers/beneath.hpp"

namespace brood {
namespace {

FileFacts::Kind kind_of(mode_t mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG: return FileFacts::Kind::file;
    case S_IFDIR: return FileFacts::Kind::folder;
    case S_IFLNK: return FileFacts::Kind::link;
    default: return FileFacts::Kind::other;
  }
}

FileFacts facts_of(const struct stat& status) noexcept {
  constexpr mode_t permissions = 0777;
  return {
      .kind = kind_of(status.st_mode),
      .mode = status.st_mode & permissions,
      .inode = status.st_ino,
      .modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
      .size = static_cast<std::uint64_t>(status.st_size)};
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
  const int never_waits = (flags & O_PATH) != 0 ? 0 : O_NOCTTY | O_NONBLOCK;
  auto fd = brood::open_beneath(fd_.get(), names, flags | never_waits);
  if (!fd) return fd.error();
  OpenFile file{.fd = std::move(*fd), .facts = {}};
  const auto facts = facts_of(file.fd.get());
  if (!facts) return facts.error();
  file.facts = *facts;
  return file;
}

Result<FileFacts> facts_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failure_from_errno("fstat");
  return facts_of(status);
}

Result<FileFacts> facts_of_entry(int folder, const char* name) {
  struct stat status {};
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return failure_from_errno("fstatat");
  return facts_of(status);
}

bool is_same_file(int one, int other) noexcept {
  struct stat a {};
  struct stat b {};
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

}  // namespace brood
