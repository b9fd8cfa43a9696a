#pragma once

#include <cerrno>
#include <string_view>

namespace brood {

/// Whether an error of errno tells that something of our own is short: descriptors, memory, ports
/// to connect from, watches of epoll (ENOSPC, epoll_ctl(2)). The other side is not to blame, and
/// asking again at once would only spin.
inline bool is_shortage(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM ||
         error == EADDRNOTAVAIL || error == ENOSPC;
}

/// What whoever runs the program can do about a shortage at its start; empty: it is none.
constexpr std::string_view remedy_for(int error) noexcept {
  switch (error) {
    case EMFILE: return "raise 'ulimit -n'";
    case ENFILE: return "raise fs.file-max, or stop something else";
    case ENOBUFS:
    case ENOMEM: return "see 'ulimit -v' and the cgroup's memory.max";
    case EAGAIN: return "see 'ulimit -u' and the cgroup's pids.max";
    case ENOSPC: return "raise fs.epoll.max_user_watches";
    default: return {};
  }
}

}  // namespace brood
