#include "os/control_groups.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace brood {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

bool has_word(const std::string& list, std::string_view word) {
  for (const std::string& one : split(list, ','))
    if (one == word) return true;
  return false;
}

/// "9:memory:/a/b" a line (proc(5)). \return the path of the group, by the names of its
/// controllers; version 2 has none.
std::map<std::string, std::string> own_groups(const std::string& root) {
  std::map<std::string, std::string> groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == line.npos) continue;
    groups[line.substr(first + 1, second - first - 1)] = line.substr(second + 1);
  }
  return groups;
}

struct Mount {
  std::string root;  ///< Which group of the hierarchy stands at `point`.
  std::string point;
  bool is_v2 = false;
  std::string controllers;  ///< Of version 1, with commas between.
};

/// Those of /proc/self/mountinfo: "31 23 0:28 ROOT POINT rw shared:1 - cgroup cgroup rw,cpu".
std::vector<Mount> mounts(const std::string& root) {
  std::vector<Mount> found;
  std::ifstream file(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos) continue;
    const auto left = split(line.substr(0, dash), ' ');
    const auto right = split(line.substr(dash + 3), ' ');
    if (left.size() < 5 || right.size() < 3 || !right[0].starts_with("cgroup")) continue;
    found.push_back({left[3], left[4], right[0] == "cgroup2", right[2]});
  }
  return found;
}

/// From the group at `path` up to the one that is mounted. A path that lies outside of that is seen
/// from another namespace: then the mounted one is ours.
std::vector<std::string> folders_of(const Mount& mount, std::string path) {
  const std::string above = mount.root == "/" ? "" : mount.root;
  const bool is_inside = path.starts_with(above) && path.find("/..") == path.npos &&
                         (path.size() == above.size() || path[above.size()] == '/');
  path = is_inside ? path.substr(above.size()) : "";
  if (path == "/") path.clear();
  std::vector<std::string> folders;
  for (; !path.empty(); path.resize(path.rfind('/'))) folders.push_back(mount.point + path);
  folders.push_back(mount.point);
  return folders;
}

}  // namespace

std::vector<ControlGroups> control_groups(std::string_view controller, const std::string& root) {
  std::vector<ControlGroups> all;
  const auto own = own_groups(root);
  for (const Mount& mount : mounts(root)) {
    for (const auto& [controllers, path] : own) {
      const bool is_it = mount.is_v2 ? controllers.empty()
                                     : has_word(controllers, controller) &&
                                           has_word(mount.controllers, controller);
      if (is_it) all.push_back({mount.is_v2, folders_of(mount, path)});
    }
  }
  return all;
}

}  // namespace brood
