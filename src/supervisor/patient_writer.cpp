#include "supervisor/patient_writer.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace brood {

void PatientWriter::redirect(UniqueFd file) noexcept {
  owned_ = std::move(file);
  fd_ = owned_.get();
}

void PatientWriter::write(const std::string& line) {
  if (kept_.size() - written_ + line.size() + 1 > kept_max) {
    ++dropped_;
    return;
  }
  kept_.append(line).push_back('\n');
  flush();
}

bool PatientWriter::flush() noexcept {
  while (written_ < kept_.size()) {
    const std::size_t written = write_some(kept_.data() + written_, kept_.size() - written_);
    if (written == 0) return false;
    written_ += written;
  }
  kept_.clear();
  written_ = 0;
  return true;
}

/// A pipe or terminal that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)); a
/// socket, which promises less, can be asked not to wait.
std::size_t PatientWriter::write_some(const char* bytes, std::size_t size) noexcept {
  const std::size_t piece = std::min<std::size_t>(size, PIPE_BUF);
  ssize_t written = ::send(fd_, bytes, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (written < 0 && errno == ENOTSOCK) {
    pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&writable, 1, 0) <= 0) return 0;
    written = ::write(fd_, bytes, piece);
  }
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EAGAIN || errno == EINTR) return 0;
  ++dropped_;  // The reader has gone or the disk is full: what cannot be written is not kept.
  return piece;
}

std::uint64_t PatientWriter::take_dropped() noexcept {
  return std::exchange(dropped_, 0);
}

}  // namespace brood
