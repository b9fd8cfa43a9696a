#include "cli/ctl_server.hpp"

#include <cerrno>
#include <vector>

#include "cli/exit_status.hpp"
#include "cli/option_entry.hpp"
#include "control/socket/control_place.hpp"

namespace brood {
namespace {

std::variant<CtlServer, CtlTrouble> server_at(const std::string& path) {
  const auto client = ControlClient::connect(path);
  if (!client) return ctl_trouble(path, client.error());
  return CtlServer{.path = path, .pid = client->server()};
}

CtlTrouble several(const std::vector<CtlServer>& servers) {
  std::string text = "several servers run: choose one by --control:";
  for (const CtlServer& server : servers)
    text += ' ' + shown(server.path) + " (pid " + std::to_string(server.pid) + ')';
  return {.text = text, .exit_status = exit_several_servers};
}

}  // namespace

CtlTrouble ctl_trouble(const std::string& path, const Failure& failure) {
  switch (failure.code.value()) {
    case ECONNREFUSED:
      return {.text = shown(path) + ": its server has gone, and has left the file: remove it",
              .exit_status = exit_no_server};
    case ENOENT:
      return {.text = shown(path) +
                      ": there is no such socket: is the server there, and does its "
                      "--control say the same?",
              .exit_status = exit_no_server};
    case EACCES:
    case EPERM:
      return {.text = shown(path) +
                      ": permission denied: only root and the server's own user may "
                      "ask it",
              .exit_status = exit_no_permission};
    case EPROTO:
    case EPROTOTYPE:
      return {.text = shown(path) + ": what answers there is no server of brood",
              .exit_status = exit_other_version};
    default: return {.text = shown(path) + ": " + failure.text(), .exit_status = exit_no_server};
  }
}

std::variant<CtlServer, CtlTrouble> find_server(const std::string& path) {
  if (!path.empty()) return server_at(path);
  std::vector<CtlServer> found;
  std::vector<CtlTrouble> denied;
  for (const std::string& candidate : control_paths()) {
    auto server = server_at(candidate);
    if (auto* const there = std::get_if<CtlServer>(&server))
      found.push_back(std::move(*there));
    else if (auto& trouble = std::get<CtlTrouble>(server);
             trouble.exit_status == exit_no_permission)
      denied.push_back(std::move(trouble));
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1) return several(found);
  if (!denied.empty()) return denied.front();
  std::string text = "no server is found in";
  for (const std::string& folder : control_folders()) text += ' ' + shown(folder);
  return CtlTrouble{.text = text + ": name its socket by --control", .exit_status = exit_no_server};
}

}  // namespace brood
