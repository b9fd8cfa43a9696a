#include "cli/ctl.hpp"

#include <ostream>
#include <vector>

#include "cli/ctl_call.hpp"
#include "cli/exit_status.hpp"
#include "cli/help_page.hpp"
#include "cli/option_table.hpp"

namespace brood {
namespace {

std::string page_of(const OptionTable& table) {
  std::string page =
      "Usage: brood ctl WHAT [OPTION...]\n"
      "Asks and orders a server that runs; returns when it is done.\n" +
      help_heading("What");
  for (const CtlVerb& verb : ctl_verbs())
    page += help_line(
        std::string(verb.name) + (verb.arguments.empty() ? "" : " ") + std::string(verb.arguments),
        verb.help);
  return page + table.help();
}

std::vector<Option> ctl_options(std::string& control) {
  std::vector<Option> options{
      {"control", "Options",
       "The server has this control socket; auto means the only one that is found.",
       OptionValue::text(control, "PATH|auto", "auto")},
      {"json", "Options",
       "The server's answer is shown as it comes: JSON, as docs/control.md says."},
      {"now", "Options", "A stop waits for nothing that is in progress."},
      {"help", "Options", "Shows this page."},
      {"version", "Options", "Shows the version of brood."}};
  return options;
}

}  // namespace

int run_ctl(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  const Complain complain{.err = err};
  std::string control;
  const OptionTable table("brood ctl", ctl_options(control));
  if (const auto page = page_asked_for(args, [&table] { return page_of(table); })) {
    out << *page;
    return exit_ok;
  }
  auto read = table.read(args);
  if (const auto* const error = std::get_if<OptionError>(&read))
    return complain(error->message, exit_bad_options);
  const auto& given = std::get<GivenOptions>(read);
  if (const auto error = table.apply(given.typed))
    return complain(error->message, exit_bad_options);
  const auto found = find_ctl_verb(given.positional);
  if (const auto* const error = std::get_if<std::string>(&found))
    return complain(*error, exit_bad_options);
  const CtlVerb& verb = *std::get<const CtlVerb*>(found);
  boost::json::object body;
  const bool is_now = find_entry(given.typed, "now") != nullptr;
  if (is_now && verb.name != "stop") return complain("--now goes with stop only", exit_bad_options);
  if (is_now) body["now"] = true;
  if (verb.read != nullptr)
    if (const auto problem = verb.read(CtlWords(given.positional).subspan(1), body))
      return complain(std::string(verb.name) + ": " + problem->text, exit_bad_options);
  auto server = find_server(control);
  if (const auto* const trouble = std::get_if<CtlTrouble>(&server))
    return complain(trouble->text, trouble->exit_status);
  return call_server(verb, std::get<CtlServer>(server), body,
                     find_entry(given.typed, "json") != nullptr, out, complain);
}

}  // namespace brood
