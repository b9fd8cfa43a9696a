#include "log/patient_writer.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace brood {

namespace {

bool is_socket(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

PatientWriter::PatientWriter(int fd) noexcept : fd_(fd), is_socket_(is_socket(fd)) {}

void PatientWriter::redirect(UniqueFd file) noexcept {
  owned_ = std::move(file);
  fd_ = owned_.get();
  is_socket_ = false;
  if (written_ == 0 || kept_[written_ - 1] == '\n') return;
  written_ = kept_.find('\n', written_) + 1;  // The new file is not to begin with half a line.
  ++dropped_;
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
    if (written == 0) return compact();
    written_ += written;
  }
  kept_.clear();
  written_ = 0;
  return true;
}

/// \return false, as what flush() has to say.
bool PatientWriter::compact() noexcept {
  if (written_ < kept_max / 2) return false;
  kept_.erase(0, written_);
  written_ = 0;
  return false;
}

/// A pipe or terminal that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)); a
/// socket, which promises less, can be asked not to wait.
std::size_t PatientWriter::write_some(const char* bytes, std::size_t size) noexcept {
  const std::size_t piece = std::min<std::size_t>(size, PIPE_BUF);
  ssize_t written = 0;
  if (is_socket_) {
    written = ::send(fd_, bytes, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else {
    pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (::poll(&writable, 1, 0) <= 0) return 0;
    written = ::write(fd_, bytes, piece);
  }
  if (written >= 0) return static_cast<std::size_t>(written);
  if (errno == EAGAIN || errno == EINTR) return 0;
  // The reader has gone or the disk is full: what cannot be written is not kept.
  dropped_ += static_cast<std::uint64_t>(std::count(bytes, bytes + size, '\n'));
  return size;
}

std::uint64_t PatientWriter::take_dropped() noexcept {
  return std::exchange(dropped_, 0);
}

}  // namespace brood
