#include "serve/handlers/beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <optional>

namespace brood {
namespace {

/// How often openat2() may say EAGAIN: it cannot vouch for a ".." in a link while folders move.
constexpr int attempts_max = 8;

Result<UniqueFd> open_resolved(int folder, const std::string& path, int flags,
                               std::uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = resolve | RESOLVE_NO_MAGICLINKS;
  for (int attempt = 1;; ++attempt) {
    UniqueFd file{static_cast<int>(
        ::syscall(SYS_openat2, folder, path.empty() ? "." : path.c_str(), &how, sizeof how))};
    if (file) return file;
    if (attempt == attempts_max || (errno != EAGAIN && errno != EINTR))
      return failure_from_errno("openat2");
  }
}

/// Where an open file or folder is now, as the kernel knows it.
std::optional<std::string> path_of(int fd) {
  std::array<char, PATH_MAX> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
  if (size <= 0 || size == static_cast<ssize_t>(path.size())) return std::nullopt;
  return std::string(path.data(), static_cast<std::size_t>(size));
}

/// The way without links from the root to where `path` leads, if that is beneath the root.
std::optional<std::string> way_without_links(int root, const std::string& path, int flags) {
  const auto file = open_resolved(root, path, O_PATH | (flags & O_NOFOLLOW), 0);
  if (!file) return std::nullopt;
  auto root_path = path_of(root);
  const auto file_path = path_of(file->get());
  if (!root_path || !file_path) return std::nullopt;
  if (*file_path == *root_path) return ".";
  if (!root_path->ends_with('/')) *root_path += '/';
  if (!file_path->starts_with(*root_path)) return std::nullopt;
  return file_path->substr(root_path->size());
}

}  // namespace

Result<UniqueFd> open_beneath(int root, const std::string& path, int flags) {
  auto file = open_resolved(root, path, flags, RESOLVE_BENEATH);
  if (file || file.error().code.value() != EXDEV) return file;
  // Looked up only; what is opened is resolved beneath the root again.
  const auto way = way_without_links(root, path, flags);
  return way ? open_resolved(root, *way, flags, RESOLVE_BENEATH) : std::move(file);
}

}  // namespace brood
