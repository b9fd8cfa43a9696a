#pragma once

#include <string>
#include <variant>

#include "control/socket/control_client.hpp"

namespace brood {

/// Why there is no server to talk to.
struct CtlTrouble {
  std::string text;
  int exit_status = 0;
};

/// A server that answers at its control socket.
struct CtlServer {
  std::string path;
  pid_t pid = 0;  ///< 0: it cannot be seen from here.
};

/// The server at `path`, or the only one that runs if it is empty.
std::variant<CtlServer, CtlTrouble> find_server(const std::string& path);

/// Of a connection or a question that has failed, for one line.
CtlTrouble ctl_trouble(const std::string& path, const Failure& failure);

}  // namespace brood
