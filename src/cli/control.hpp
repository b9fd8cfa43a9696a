#pragma once

#include <memory>
#include <string>
#include <variant>

#include "control/socket/control_socket.hpp"
#include "log/log.hpp"

namespace brood {

/// The control socket of a server, or null where there is to be none; or why it cannot be where it
/// was asked for. Where nobody has asked, the lack of a place is no error, but a line of debug.
/// \param where the option: auto, off, or a path.
std::variant<std::unique_ptr<ControlSocket>, ListenError> open_control(
    boost::asio::io_context& context, const std::string& where, ControlHandler carry_out, Log& log);

}  // namespace brood
