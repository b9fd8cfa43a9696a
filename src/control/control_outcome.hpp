#pragma once

#include <functional>
#include <optional>
#include <variant>

#include "base/clock.hpp"
#include "control/control_request.hpp"

namespace brood {

/// Between two looks whether an order has been carried out.
inline constexpr Duration control_look_interval = std::chrono::milliseconds{25};

/// Looks whether an order has been carried out: asked every
/// `control_look_interval` until it has an answer, for as long as the client waits.
using ControlWatch = std::function<std::optional<ControlAnswer>()>;

/// The answer, or how to learn it.
using ControlOutcome = std::variant<ControlAnswer, ControlWatch>;

/// Carries out what is asked. Called in the thread of the io_context; it must not wait.
using ControlHandler = std::function<ControlOutcome(const ControlCommand&)>;

}  // namespace brood
