#include "control/socket/control_place.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace brood {
namespace {

constexpr std::string_view name_begin = "brood-";
constexpr std::string_view name_end = ".sock";

bool is_ours(std::string_view name) noexcept {
  return name.starts_with(name_begin) && name.ends_with(name_end);
}

}  // namespace

std::vector<std::string> control_folders() {
  std::vector<std::string> folders;
  for (const char* const name : {"RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"}) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value != '/') continue;
    const std::string_view all(value);
    folders.emplace_back(all.substr(0, all.find(':')));  // A unit may have several.
  }
  folders.emplace_back("/run/brood");
  return folders;
}

std::string default_control_path() {
  for (const std::string& folder : control_folders())
    if (::access(folder.c_str(), W_OK | X_OK) == 0)
      return folder + '/' + std::string(name_begin) + std::to_string(::getpid()) +
             std::string(name_end);
  return {};
}

std::vector<std::string> control_paths() {
  std::vector<std::string> paths;
  for (const std::string& folder : control_folders()) {
    std::error_code unreadable;
    for (const auto& entry : std::filesystem::directory_iterator(folder, unreadable))
      if (is_ours(entry.path().filename().string())) paths.push_back(entry.path().string());
  }
  std::ranges::sort(paths);
  paths.erase(std::ranges::unique(paths).begin(), paths.end());
  return paths;
}

}  // namespace brood
