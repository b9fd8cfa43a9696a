#include "os/log_file.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>

#include <cstring>

namespace brood {

Result<UniqueFd> open_log_file(const std::string& path) {
  UniqueFd file{::open(path.c_str(),
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640)};
  if (!file) return failure_from_errno("open");
  return file;
}

Result<UniqueFd> connect_syslog() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, _PATH_LOG, sizeof _PATH_LOG);
  UniqueFd fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return failure_from_errno("socket");
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return failure_from_errno("connect " _PATH_LOG);
  return fd;
}

}  // namespace brood
