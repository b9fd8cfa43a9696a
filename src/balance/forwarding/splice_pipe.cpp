#include "balance/forwarding/splice_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace brood {
namespace {

/// What a pipe may hold; the kernel's default of 64 KiB would be filled four times as often. No
/// user may have more than some 64 MiB of it (pipe-user-pages-soft, pipe(7)); then less is given.
constexpr int pipe_size = 256 * 1024;
constexpr unsigned flags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK;

}  // namespace

bool SplicePipe::open() noexcept {
  std::array<int, 2> fds{-1, -1};
  if (::pipe2(fds.data(), O_CLOEXEC | O_NONBLOCK) != 0) return false;
  reader_ = UniqueFd(fds[0]);
  writer_ = UniqueFd(fds[1]);
  ::fcntl(writer_.get(), F_SETPIPE_SZ, pipe_size);
  return true;
}

ssize_t SplicePipe::take_from(int source) noexcept {
  const ssize_t size = ::splice(source, nullptr, writer_.get(), nullptr, pipe_size, flags);
  if (size > 0) held_ += static_cast<std::size_t>(size);
  return size;
}

ssize_t SplicePipe::give_to(int sink) noexcept {
  const ssize_t size = ::splice(reader_.get(), nullptr, sink, nullptr, held_, flags);
  if (size > 0) held_ -= static_cast<std::size_t>(size);
  return size;
}

}  // namespace brood
