#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brood {

/// The control groups (cgroups(7)) that bound this process in one respect.
struct ControlGroups {
  bool is_v2 = false;
  /// Folders of its own group and of all around it, as far as they are mounted here: in a container
  /// the outermost one is often the container's own.
  std::vector<std::string> folders;
};

/// Of every hierarchy that has the controller: "cpu" or "memory".
/// \param root in front of /proc and of the mount points; empty but in tests.
std::vector<ControlGroups> control_groups(std::string_view controller,
                                          const std::string& root = "");

}  // namespace brood
