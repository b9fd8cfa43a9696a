#include "cli/control.hpp"

#include <utility>

#include "control/socket/control_place.hpp"

namespace brood {
namespace {

std::unique_ptr<ControlSocket> do_without(Log& log, const std::string& reason) {
  log.write(LogEvent{.level = Level::debug, .name = "no_control"}.with("reason", reason));
  return nullptr;
}

}  // namespace

std::variant<std::unique_ptr<ControlSocket>, ListenError> open_control(
    boost::asio::io_context& context, const std::string& where, ControlHandler carry_out,
    Log& log) {
  const bool is_asked_for = where != "auto";
  const std::string path = is_asked_for ? where : default_control_path();
  if (path == "off") return std::unique_ptr<ControlSocket>{};
  if (path.empty()) return do_without(log, "there is no folder for it: see --control");
  auto listener = listen_for_control(path);
  if (const auto* const error = std::get_if<ListenError>(&listener)) {
    if (is_asked_for) return "--control: " + *error;
    return do_without(log, *error);
  }
  log.write(LogEvent{.level = Level::info, .name = "control_listening"}.with("path", path));
  return std::make_unique<ControlSocket>(context, std::get<Listener>(std::move(listener)),
                                         std::move(carry_out),
                                         [&log](LogEvent event) { log.write(std::move(event)); });
}

}  // namespace brood
