#include "control/control_request.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <functional>
#include <iterator>

#include "base/text.hpp"

namespace brood {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 9> names{"status", "health",  "dump",  "log-level", "reopen",
                                                "stop",   "recycle", "scale", "reload"};

/// What a member of the body sets. \return false: it is none that the verb has, or of no use.
bool take_member(ControlCommand& command, std::string_view name, const json::value& value) {
  const auto count = [&value](auto& target) {
    boost::system::error_code error;
    const auto number = value.to_number<std::uint32_t>(error);
    if (!error) target = number;
    return !error;
  };
  const ControlVerb verb = command.verb;
  if (verb == ControlVerb::stop && name == "now" && value.is_bool()) {
    command.is_now = value.get_bool();
    return true;
  }
  if (verb == ControlVerb::recycle && name == "slot") return count(command.slot);
  if (verb == ControlVerb::scale && name == "min") return count(command.min);
  if (verb == ControlVerb::scale && name == "max") return count(command.max);
  if (verb != ControlVerb::log_level || name != "level" || !value.is_string()) return false;
  for (const Level level : {Level::debug, Level::info, Level::warn, Level::error}) {
    if (to_string(level) != std::string_view(value.get_string())) continue;
    command.level = level;
    return true;
  }
  return false;
}

/// Members without which an order says nothing.
std::size_t members_owed(ControlVerb verb) noexcept {
  if (verb == ControlVerb::scale) return 2;
  return verb == ControlVerb::log_level ? 1 : 0;
}

std::optional<ControlAnswer> take_body(ControlCommand& command, std::string_view body) {
  json::object members;
  if (!body.empty()) {
    boost::system::error_code error;
    json::value value = json::parse(body, error);
    if (error || !value.is_object())
      return control_refusal(400, "the body is no JSON object: " +
                                      (error ? error.message() : std::string("something else")));
    members = std::move(value.get_object());
  }
  for (const auto& [name, value] : members)
    if (!take_member(command, name, value))
      return control_refusal(400, "member " + escape(std::string_view(name)) +
                                      " of the body: " + std::string(to_string(command.verb)) +
                                      " does not have it, or not with this value");
  if (members.size() < members_owed(command.verb))
    return control_refusal(
        400, std::string(to_string(command.verb)) + (command.verb == ControlVerb::scale
                                                         ? " needs min and max in its body"
                                                         : " needs level in its body"));
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ControlVerb verb) noexcept {
  return names[static_cast<std::size_t>(verb)];
}

ControlAnswer control_refusal(int status, std::string_view why) {
  return {.status = status, .body = json::serialize(json::object{{"error", why}})};
}

ControlAnswer control_done(std::string_view note, int status) {
  json::object members{{"done", status == 200}};
  if (!note.empty()) members["note"] = note;
  return {.status = status, .body = json::serialize(members)};
}

std::variant<ControlCommand, ControlAnswer> read_control_request(std::string_view method,
                                                                 std::string_view path,
                                                                 std::string_view body) {
  const std::string prefix = "/" + std::string(control_version) + "/";
  if (!path.starts_with(prefix))
    return control_refusal(404, "there is no " + escape(path) +
                                    ": the paths of this server, brood " + BROOD_VERSION +
                                    ", begin with " + prefix);
  const auto* const found = std::ranges::find(names, path.substr(prefix.size()));
  if (found == names.end())
    return control_refusal(404, "brood " BROOD_VERSION " does not know " + escape(path));
  ControlCommand command{.verb = static_cast<ControlVerb>(found - names.begin())};
  const std::string_view right = command.is_question() ? "GET" : "POST";
  if (method != right)
    return control_refusal(405, std::string(to_string(command.verb)) + " wants " +
                                    std::string(right) + ", not " + escape(method));
  if (auto refused = take_body(command, body)) return *std::move(refused);
  return command;
}

}  // namespace brood
