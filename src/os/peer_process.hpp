#pragma once

#include <sys/types.h>

#include "base/result.hpp"

namespace brood {

/// Who has connected to a unix socket: as it was when it called connect(2).
struct PeerProcess {
  pid_t pid = 0;  ///< 0: of a pid namespace that is not seen from here.
  uid_t uid = 0;
};

Result<PeerProcess> peer_process(int fd) noexcept;

/// Whether a process is `ancestor` or comes from it, by /proc(5). Who has gone, or comes from too
/// far to be followed, may.
bool may_descend_from(pid_t pid, pid_t ancestor);

}  // namespace brood
