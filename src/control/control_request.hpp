#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "report/event.hpp"

namespace brood {

/// What an operator asks of a running server.
enum class ControlVerb : std::uint8_t {
  status,
  health,
  dump,
  log_level,
  reopen,
  stop,
  recycle,
  scale,
  reload,
};

/// As the path has it behind the version: "log-level".
std::string_view to_string(ControlVerb verb) noexcept;

/// A request of the control socket, understood.
struct ControlCommand {
  ControlVerb verb = ControlVerb::status;
  bool is_now = false;                  ///< stop: without waiting for what is in progress.
  Level level = Level::info;            ///< log-level
  std::optional<std::uint32_t> slot{};  ///< recycle; none: all of them.
  std::uint32_t min = 0;                ///< scale: the spares, see PoolLimits.
  std::uint32_t max = 0;

  /// It only looks, and changes nothing.
  bool is_question() const noexcept { return verb <= ControlVerb::dump; }
  friend bool operator==(const ControlCommand&, const ControlCommand&) = default;
};

/// What it is answered with.
struct ControlAnswer {
  int status = 200;  ///< Of HTTP.
  std::string body;  ///< JSON, an object.
};

/// {"error":"..."} \param why for a person: one line that names the trouble and the remedy.
ControlAnswer control_refusal(int status, std::string_view why);
/// {"done":true} and what is told of it. \param note for a person; empty: nothing.
ControlAnswer control_done(std::string_view note = {}, int status = 200);

/// The version that stands in every path.
inline constexpr std::string_view control_version = "v1";

/// Pure: never throws but std::bad_alloc, whatever comes. \param path without the query.
/// \param body of the request, whole; empty or an object of JSON.
std::variant<ControlCommand, ControlAnswer> read_control_request(std::string_view method,
                                                                 std::string_view path,
                                                                 std::string_view body);

}  // namespace brood
