#include "cli/ctl_verb.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "cli/ctl_view.hpp"
#include "cli/option.hpp"
#include "cli/option_entry.hpp"

namespace brood {
namespace {

std::optional<Problem> put_count(std::string_view text, std::string_view name,
                                 boost::json::object& body) {
  const auto count = read_count(text, 0, 65535);
  if (!count) return Problem{std::string(name) + ": " + count.error().text};
  body[name] = *count;
  return std::nullopt;
}

std::optional<Problem> read_level(CtlWords arguments, boost::json::object& body) {
  body["level"] = arguments.front();
  const auto level = read_choice(arguments.front(), "debug|info|warn|error");
  return level ? std::nullopt : std::optional(level.error());
}

std::optional<Problem> read_scale(CtlWords arguments, boost::json::object& body) {
  auto problem = put_count(arguments[0], "min", body);
  return problem ? problem : put_count(arguments[1], "max", body);
}

constexpr std::array verbs{
    CtlVerb{.name = "status",
            .arguments = "",
            .help = "Shows the pool, or the servers.",
            .view = status_view},
    CtlVerb{.name = "health",
            .arguments = "",
            .help = "Says in a line whether it serves; if not, the exit status is 1.",
            .view = health_view},
    CtlVerb{.name = "dump",
            .arguments = "",
            .help = "Shows what SIGINT does, and writes it into the server's log, too.",
            .view = dump_view},
    CtlVerb{.name = "log-level",
            .arguments = "LEVEL",
            .help = "Lines below debug, info, warn or error are not logged from now on.",
            .least = 1,
            .most = 1,
            .read = read_level},
    CtlVerb{
        .name = "reopen", .arguments = "", .help = "Opens the log files again, as SIGUSR1 does."},
    CtlVerb{.name = "reload",
            .arguments = "",
            .help = "Reads the configuration again, as SIGHUP does; returns when it is in force."},
    CtlVerb{.name = "scale",
            .arguments = "MIN MAX",
            .help = "Keeps so many spares from now on; returns when there are MIN.",
            .least = 2,
            .most = 2,
            .read = read_scale},
    CtlVerb{
        .name = "stop",
        .arguments = "[--now]",
        .help = "Stops the server, and returns when it has gone; at once: nothing is finished."},
};

std::string joined_names() {
  std::vector<std::string_view> names;
  for (const CtlVerb& verb : verbs) names.push_back(verb.name);
  return joined(names, ", ");
}

}  // namespace

std::span<const CtlVerb> ctl_verbs() {
  return verbs;
}

std::variant<const CtlVerb*, std::string> find_ctl_verb(CtlWords words) {
  if (words.empty()) return "what is to be done? Write one of " + joined_names();
  const auto* const verb = std::ranges::find(verbs, words.front(), &CtlVerb::name);
  if (verb == verbs.end())
    return "ctl does not know " + shown(words.front()) + ": write one of " + joined_names();
  const std::size_t count = words.size() - 1;
  if (count < verb->least || count > verb->most)
    return "write brood ctl " + std::string(verb->name) + (verb->arguments.empty() ? "" : " ") +
           std::string(verb->arguments);
  return verb;
}

}  // namespace brood
