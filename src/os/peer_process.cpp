#include "os/peer_process.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include <brood/unique_fd.hpp>

namespace brood {
namespace {

/// -1: it has gone. 0: it has none that is seen from here.
pid_t parent_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 512> bytes;
  const ssize_t size = fd ? ::read(fd.get(), bytes.data(), bytes.size()) : -1;
  if (size <= 0) return -1;
  // "pid (name) S ppid ...": the name may hold anything, also brackets.
  const std::string_view text(bytes.data(), static_cast<std::size_t>(size));
  const std::size_t name_end = text.rfind(") ");
  pid_t parent = -1;
  if (name_end == std::string_view::npos || name_end + 4 >= text.size()) return -1;
  std::from_chars(text.data() + name_end + 4, text.data() + text.size(), parent);
  return parent;
}

}  // namespace

Result<PeerProcess> peer_process(int fd) noexcept {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return failure_from_errno("SO_PEERCRED");
  return PeerProcess{.pid = credentials.pid, .uid = credentials.uid};
}

bool may_descend_from(pid_t pid, pid_t ancestor) {
  constexpr int generations_max = 100;
  for (int followed = 0; followed < generations_max; ++followed) {
    if (pid == 0) return false;
    if (pid == ancestor || pid < 0) return true;
    pid = parent_of(pid);
  }
  return true;
}

}  // namespace brood
