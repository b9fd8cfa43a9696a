#include "os/patient_writer.hpp"

#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace brood {

PatientWriter::PatientWriter(int fd) noexcept : fd_(fd), kind_(kind_of(fd)) {}

PatientWriter::Kind PatientWriter::kind_of(int fd) noexcept {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return Kind::other;
  if (S_ISSOCK(status.st_mode)) return Kind::socket;
  return S_ISREG(status.st_mode) ? Kind::file : Kind::other;
}

void PatientWriter::redirect(UniqueFd file) noexcept {
  owned_ = std::move(file);
  fd_ = owned_.get();
  kind_ = kind_of(fd_);
  if (std::exchange(half_, 0) == 0) return;
  written_ = kept_.find('\n', written_) + 1;  // The new file is not to begin with half a line.
  ++dropped_.too_slow;
}

void PatientWriter::write(const std::string& line) {
  if (!has_room(line.size() + 1)) return;
  kept_.append(line).push_back('\n');
  flush();
}

bool PatientWriter::keep(std::string_view line) {
  const bool fits = has_room(line.size());
  if (fits) kept_ += line;
  return fits;
}

/// \return false: that line is dropped.
bool PatientWriter::has_room(std::size_t size) noexcept {
  const bool fits = kept_.size() - written_ + size <= kept_max;
  if (!fits) ++dropped_.too_slow;
  return fits;
}

bool PatientWriter::flush() noexcept {
  while (written_ < kept_.size()) {
    const ssize_t size = write_some(kept_.data() + written_, kept_.size() - written_);
    if (size > 0)
      wrote(static_cast<std::size_t>(size));
    else if (size == 0 || errno == EAGAIN || errno == EINTR)
      return compact();
    else if (!give_up(errno))
      return false;
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

/// Up to the end of a line, if one ends within what a pipe takes in one piece.
std::size_t PatientWriter::piece_size(std::string_view bytes) noexcept {
  if (bytes.size() <= PIPE_BUF) return bytes.size();
  const std::size_t end = bytes.rfind('\n', PIPE_BUF - 1);
  return end == bytes.npos ? std::size_t{PIPE_BUF} : end + 1;
}

/// A pipe or terminal that poll() calls writable takes PIPE_BUF bytes without blocking (pipe(7)); a
/// socket, which promises less, can be asked not to wait. \return 0: not now.
ssize_t PatientWriter::write_some(const char* bytes, std::size_t size) noexcept {
  if (kind_ == Kind::file) return ::write(fd_, bytes, size);
  const std::size_t piece = piece_size(std::string_view(bytes, size));
  if (kind_ == Kind::socket) return ::send(fd_, bytes, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
  pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, 0) <= 0) return 0;
  return ::write(fd_, bytes, piece);
}

void PatientWriter::wrote(std::size_t size) noexcept {
  const std::string_view piece(kept_.data() + written_, size);
  const std::size_t end = piece.rfind('\n');
  half_ = end == piece.npos ? half_ + size : size - end - 1;
  written_ += size;
  failing_ = 0;
}

/// The reader has gone or the disk is full: what cannot be written is not kept, but for the rest of
/// a line of which half stands there. \return whether nothing is kept.
bool PatientWriter::give_up(int error) noexcept {
  failing_ = dropped_.error = error;
  std::size_t first = written_;
  if (half_ > 0 && !take_back_half()) first = kept_.find('\n', written_) + 1;
  dropped_.failed += static_cast<std::uint64_t>(
      std::count(kept_.begin() + static_cast<std::ptrdiff_t>(first), kept_.end(), '\n'));
  kept_.resize(first);
  return written_ == first;
}

/// Of a file; what went into a pipe whose reader has gone is lost anyway. Not if somebody else has
/// written behind it.
bool PatientWriter::take_back_half() noexcept {
  if (kind_ == Kind::file) {
    const off_t end = ::lseek(fd_, 0, SEEK_CUR);
    struct stat status {};
    const off_t line = end - static_cast<off_t>(half_);
    if (end < 0 || ::fstat(fd_, &status) != 0 || status.st_size != end || line < 0) return false;
    if (::ftruncate(fd_, line) != 0) return false;
    ::lseek(fd_, line, SEEK_SET);
  }
  half_ = 0;
  return true;
}

PatientWriter::Dropped PatientWriter::take_dropped() noexcept {
  return std::exchange(dropped_, {});
}

}  // namespace brood
