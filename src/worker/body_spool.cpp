#include "worker/body_spool.hpp"

#include <unistd.h>

#include <cerrno>

#include "os/temporary_file.hpp"

namespace brood {
namespace {

/// A body up to this size stays in memory, and so much memory is kept for the next one.
constexpr std::size_t memory_max = 64UL * 1024;

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
  if (!file_ && bytes_.size() + piece.size() <= memory_max) {
    bytes_ += piece;
    return 0;
  }
  if (!file_)
    if (const int error = move_to_file(); error != 0) return error;
  file_size_ += piece.size();
  return write_whole(file_.get(), piece);
}

int BodySpool::move_to_file() noexcept {
  auto file = open_temporary_file();
  if (!file) return file.error().code.value();
  file_ = std::move(*file);
  file_size_ = bytes_.size();
  const int error = write_whole(file_.get(), bytes_);
  bytes_.clear();
  return error;
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
