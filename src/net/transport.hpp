#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace brood {

/// What lies between a socket and whoever uses it, for whom all bytes are plain: encryption, or a
/// test's script. A Socket without one moves plain bytes by itself, at the cost of a comparison.
///
/// The results are those of recv(2), send(2) and sendfile(2), with errno, EAGAIN also where a
/// protocol of its own has to wait. It never blocks and raises no SIGPIPE.
class Transport {
 public:
  virtual ~Transport() = default;

  virtual ssize_t receive(int fd, std::span<char> space) noexcept = 0;
  /// Both, one after the other. \param flags 0 or MSG_MORE.
  virtual ssize_t send(int fd, std::string_view first, std::string_view second,
                       int flags) noexcept = 0;
  virtual ssize_t send_file(int fd, int file, off_t offset, std::size_t size) noexcept = 0;
  /// It has bytes for receive() of which the kernel will tell nothing more.
  virtual bool holds_input() const noexcept = 0;
};

}  // namespace brood
