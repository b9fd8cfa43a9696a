#include "os/socket_queue.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace brood {

std::uint64_t unsent_bytes(int fd) noexcept {
  int size = 0;
  if (::ioctl(fd, SIOCOUTQ, &size) != 0 || size < 0) return 0;
  return static_cast<std::uint64_t>(size);
}

}  // namespace brood
