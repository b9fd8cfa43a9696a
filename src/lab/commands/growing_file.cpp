#include "lab/commands/growing_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string_view>

namespace brood {

std::optional<Failure> GrowingFile::open(const std::string& path, const std::string& text) {
  fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd_) return failure_from_errno("open");
  return append(text);
}

std::optional<Failure> GrowingFile::append(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t size = ::write(fd_.get(), rest.data(), rest.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure_from_errno("write");
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
  return std::nullopt;
}

}  // namespace brood
