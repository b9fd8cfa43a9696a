#pragma once
// Options that `brood serve` and `brood balance` both have.

#include "cli/option.hpp"
#include "log/log.hpp"

namespace brood {

Option listen_option(std::vector<std::string>& listens);
/// The pid file's path.
Option pid_file_option(std::string& path);
/// Where the control socket is.
Option control_option(std::string& path);
Option unix_mode_option(std::uint32_t& mode);
/// \param group of the two commands' own
Option trusted_proxies_option(std::string& addresses, std::string_view group);
Option trusted_forwarders_option(std::string& addresses, std::string_view group);
/// log-format, log-level, log-file.
std::vector<Option> logging_options(LogSettings& log);
/// config, check, help, version: they set nothing.
std::vector<Option> parser_options();

/// All of them, one list after the other.
std::vector<Option> in_order(std::vector<Option> first,
                             std::initializer_list<std::vector<Option>> more);

}  // namespace brood
