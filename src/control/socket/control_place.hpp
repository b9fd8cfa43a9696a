#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace brood {

/// Where a server has its control socket unless it is told: "FOLDER/brood-PID.sock", by the pid, as
/// that is what tells several servers of one user apart in ps(1), in the log and here; the folder
/// is the first of those of control_folders() that can be written. Empty: there is none.
std::string default_control_path();

/// $RUNTIME_DIRECTORY (of a unit of systemd), $XDG_RUNTIME_DIR, /run/brood: those that are named.
std::vector<std::string> control_folders();

/// The socket files in all of these, by name.
std::vector<std::string> control_paths();

}  // namespace brood
