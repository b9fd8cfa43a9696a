#include "serve/worker/body_spool.hpp"

#include <unistd.h>

#include <cerrno>

#include "os/temporary_file.hpp"

namespace brood {
namespace {

/// A body up to this size stays in memory, and so much memory is kept for the next one.
constexpr std::size_t memory_max = 64UL * 1024;
/// Smaller pieces are worth being gathered: a write costs as much as copying so many bytes.
constexpr std::size_t gathered_max = 16UL * 1024;

/// \return 0 or errno.
int write_whole(int file, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t size = ::write(file, bytes.data(), bytes.size());
    if (size < 0 && errno != EINTR) return errno;
    if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return 0;
}

}  // namespace

void BodySpool::start(UniqueFd file) noexcept {
  clear();
  file_ = std::move(file);
}

int BodySpool::append(std::string_view piece) {
  const bool is_small = !file_ || piece.size() < gathered_max;
  if (is_small && bytes_.size() + piece.size() <= memory_max) {
    bytes_ += piece;
    return 0;
  }
  if (!file_) {
    auto file = open_temporary_file();
    if (!file) return file.error().code.value();
    file_ = std::move(*file);
  }
  if (const int error = finish(); error != 0) return error;
  if (piece.size() >= gathered_max) return write(piece);
  bytes_ += piece;
  return 0;
}

int BodySpool::finish() noexcept {
  if (!file_) return 0;
  const int error = write(bytes_);
  bytes_.clear();
  return error;
}

int BodySpool::write(std::string_view bytes) noexcept {
  file_size_ += bytes.size();
  return write_whole(file_.get(), bytes);
}

RequestBody BodySpool::whole() const noexcept {
  if (!file_) return {.bytes = bytes_, .file = -1, .size = bytes_.size()};
  ::lseek(file_.get(), 0, SEEK_SET);
  return {.bytes = {}, .file = file_.get(), .size = file_size_};
}

void BodySpool::clear() noexcept {
  bytes_.clear();
  if (bytes_.capacity() > memory_max) bytes_ = std::string{};
  file_.reset();
  file_size_ = 0;
}

}  // namespace brood
