#pragma once

#include <cerrno>

namespace brood {

/// Whether an error of errno tells that something of our own is short: descriptors, memory, ports
/// to connect from, watches of epoll (ENOSPC, epoll_ctl(2)). The other side is not to blame, and
/// asking again at once would only spin.
inline bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == ENOSPC;
}

}  // namespace brood
