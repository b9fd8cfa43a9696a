#pragma once

#include <string>

#include <brood/unique_fd.hpp>

#include "base/result.hpp"

namespace brood {

/// Opens a file that lines are appended to, and makes it (0640) if it is not there. A pipe with a
/// name is only opened if somebody reads it (ENXIO, fifo(7)).
Result<UniqueFd> open_log_file(const std::string& path);

/// Connects to this machine's syslog(3): each line is a datagram, and none is waited for.
Result<UniqueFd> connect_syslog();

}  // namespace brood
