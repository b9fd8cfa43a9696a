#include "serve/handlers/target_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "serve/handlers/url_path.hpp"

namespace brood {
namespace {

constexpr mode_t new_folder_mode = 0777;  // Less the umask.

/// Of a file and not of a folder.
FileOutcome<std::string> file_names(std::string_view path) {
  auto names = decode_path(path);
  if (!names) return FileRefusal{400};
  if (names_folder(*names)) return FileRefusal{409};
  return *std::move(names);
}

/// "a/b/c" and "a/b/" give "a/", "a" gives "".
std::string folder_above(std::string_view names) {
  if (names.ends_with('/')) names.remove_suffix(1);
  return std::string(names.substr(0, names.rfind('/') + 1));  // 0 if there is none.
}

Result<void> make_folder(const RootFolder& root, const std::string& names) {
  const std::string above = folder_above(names);
  const auto folder = root.open_beneath(above, O_RDONLY | O_DIRECTORY);
  if (!folder) return folder.error();
  const std::string name = names.substr(above.size(), names.size() - above.size() - 1);
  if (::mkdirat(folder->fd.get(), name.c_str(), new_folder_mode) == 0) {
    if (::fsync(folder->fd.get()) != 0) return failure_from_errno("fsync");
  } else if (errno != EEXIST) {  // Somebody else may have made it.
    return failure_from_errno("mkdir");
  }
  return {};
}

}  // namespace

FileOutcome<FileTarget> find_target(const RootFolder& root, std::string_view path) {
  auto names = file_names(path);
  if (!names) return names.error();
  FileTarget target;
  target.folder_names = folder_above(*names);
  target.name = names->substr(target.folder_names.size());
  target.names = *std::move(names);
  auto folder = root.open_beneath(target.folder_names, O_RDONLY | O_DIRECTORY);
  if (!folder) return refusal_of(folder.error());
  target.folder = std::move(folder->fd);
  return target;
}

bool lacks_folder(const FileRefusal& refusal) noexcept {
  return refusal.failure && refusal.failure->code.value() == ENOENT;
}

FileOutcome<void> make_folders(const RootFolder& root, std::string_view path) {
  const auto names = file_names(path);
  if (!names) return names.error();
  for (auto slash = names->find('/'); slash != names->npos; slash = names->find('/', slash + 1)) {
    const std::string folder = names->substr(0, slash + 1);
    if (root.open_beneath(folder, O_PATH | O_DIRECTORY)) continue;
    if (const auto made = make_folder(root, folder); !made) return refusal_of(made.error());
  }
  return {};
}

FileOutcome<UniqueFd> nearest_folder(const RootFolder& root, std::string_view path) {
  auto names = file_names(path);
  if (!names) return names.error();
  for (std::string folder = folder_above(*names);; folder = folder_above(folder)) {
    auto opened = root.open_beneath(folder, O_RDONLY | O_DIRECTORY);
    if (opened) return std::move(opened->fd);
    if (folder.empty() || opened.error().code.value() != ENOENT) return refusal_of(opened.error());
  }
}

FileOutcome<Taking> take_folder(const RootFolder& root, const FileTarget& target) {
  if (::flock(target.folder.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return Taking::not_now;
    return refusal_of(failure_from_errno("flock"));
  }
  const auto folder = root.open_beneath(target.folder_names, O_PATH | O_DIRECTORY);
  const bool is_there = folder && is_same_file(folder->fd.get(), target.folder.get());
  return is_there ? Taking::taken : Taking::not_now;
}

void give_up_folder(const FileTarget& target) noexcept {
  ::flock(target.folder.get(), LOCK_UN);
}

}  // namespace brood
