#include "cli/shared_options.hpp"

#include <iterator>

namespace brood {

using Value = OptionValue;

Option listen_option(std::vector<std::string>& listens) {
  return {"listen", "Listening",
          "Clients connect to this address; also [::]:PORT or unix:PATH. May be given several "
          "times.",
          Value::list(listens, "ADDR:PORT", "", problem_with_endpoint)};
}

Option unix_mode_option(std::uint32_t& mode) {
  return {"unix-mode",
          "Listening",
          "Socket files get these permissions, as in 0660; umask means what the umask leaves.",
          {.unit = "MODE|umask",
           .set = [&mode](std::string_view text) { return store(mode, read_unix_mode(text)); },
           .show = [&mode] { return Value::Texts{format_unix_mode(mode)}; }}};
}

Option pid_file_option(std::string& path) {
  return {"pid-file", "Other", "The server writes its process id into this file.",
          Value::text(path, "PATH|off", "off")};
}

Option control_option(std::string& path) {
  return {"control", "Other",
          "This is the socket file through which brood ctl reaches the server; auto means one in "
          "$RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR or /run/brood, where there is such a folder.",
          Value::text(path, "auto|off|PATH", "", problem_with_control)};
}

Option trusted_proxies_option(std::string& addresses, std::string_view group) {
  return {"trusted-proxies", group,
          "Connections from these addresses, ADDR[/LEN] or unix with commas between, begin with a "
          "PROXY header that names the client.",
          Value::text(addresses, "LIST|off", "off", problem_with_addresses)};
}

Option trusted_forwarders_option(std::string& addresses, std::string_view group) {
  return {"trusted-forwarders", group,
          "What X-Forwarded-* and Forwarded tell of the client is believed on connections from "
          "these addresses.",
          Value::text(addresses, "LIST|off", "off", problem_with_addresses)};
}

std::vector<Option> logging_options(LogSettings& log) {
  return {{"log-format", "Logging", "Log lines are text for people or JSON for programs.",
           Value::choice(log.json, "text|json")},
          {"log-level", "Logging", "Events less important than this are not logged.",
           Value::choice(log.least, "debug|info|warn|error")},
          {"log-file", "Logging", "The log is written to this file.",
           Value::text(log.path, "PATH", "stderr")}};
}

std::vector<Option> parser_options() {
  return {{"config",
           "Other",
           "Options are read from this file, one a line, as in threads = 4.",
           {.unit = "FILE"}},
          {"check", "Other", "The options are checked and shown, and nothing is started."},
          {"help", "Other", "Shows this page."},
          {"version", "Other", "Shows the version of brood."}};
}

std::vector<Option> in_order(std::vector<Option> first,
                             std::initializer_list<std::vector<Option>> more) {
  for (const std::vector<Option>& list : more) std::ranges::copy(list, std::back_inserter(first));
  return first;
}

}  // namespace brood
