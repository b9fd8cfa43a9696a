#include "cli/cgi_entry.hpp"

#include <cstdlib>
#include <memory>
#include <optional>

#include "base/units.hpp"
#include "cli/option_entry.hpp"
#include "serve/handlers/cgi.hpp"

namespace brood {
namespace {

/// Where a program looks for others, if the server has no PATH itself.
constexpr const char* default_path = "/usr/local/bin:/usr/bin:/bin";

CgiVariables handed_variables(const ServeOptions& options) {
  CgiVariables handed{{"PATH", default_path}};
  std::vector<std::string> names = options.cgi_env;
  names.emplace_back("PATH");
  for (const std::string& name : names)
    if (const char* const value = std::getenv(name.c_str())) handed[name] = value;
  return handed;
}

/// The watchdog kills a worker that waits for a program for longer than a request may take.
std::optional<OptionError> problem_with_timeouts(const ServeOptions& options) {
  if (options.cgi_timeout.count() == 0 || options.request_timeout.count() == 0) return std::nullopt;
  if (options.cgi_timeout < options.request_timeout) return std::nullopt;
  return OptionError{"--cgi-timeout " + format_duration(options.cgi_timeout) +
                     " must be below --request-timeout " +
                     format_duration(options.request_timeout) +
                     ": lower the one or raise the other"};
}

}  // namespace

std::variant<HandlerFactory, OptionError> make_cgi(const ServeOptions& options) {
  if (options.root.empty()) return OptionError{"--handler cgi needs --root PATH"};
  if (auto problem = problem_with_timeouts(options)) return *std::move(problem);
  const auto root = CgiRoot::open(options.root);
  if (!root)
    return OptionError{"--root " + shown(options.root) + ": " + root.error().code.message()};
  const CgiSettings settings{.root = root->path(),
                             .handed = handed_variables(options),
                             .hands_authorization = options.cgi_authorization,
                             .timeout = options.cgi_timeout,
                             .output_max = options.cgi_max_output,
                             .head_limits = {.max_header_bytes = options.max_header_bytes,
                                             .max_headers = options.max_headers},
                             .descriptor_limit = descriptor_limit()};
  return [settings] { return std::make_unique<CgiHandler>(settings); };
}

}  // namespace brood
