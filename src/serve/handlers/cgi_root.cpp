#include "serve/handlers/cgi_root.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <utility>

#include "http/characters.hpp"
#include "serve/handlers/beneath.hpp"

namespace brood {
namespace {

/// The kind of file, as S_IFMT masks it; 0 if it cannot be told.
mode_t type_of(int fd) noexcept {
  struct stat status {};
  return ::fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

bool is_executable(int directory, const std::string& path) noexcept {
  return ::faccessat(directory, path.c_str(), X_OK, AT_EACCESS) == 0;
}

Failure failure(int error) noexcept {
  return {.code = {error, boost::system::system_category()}, .operation = "open"};
}

int status_without(const Failure& failure) noexcept {
  return failure.code.value() == EACCES ? 403 : 404;
}

bool is_dots(std::string_view segment) noexcept {
  return segment == "." || segment == "..";
}

bool has_dots(std::string_view path) noexcept {
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (is_dots(path.substr(0, slash))) return true;
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
  }
  return false;
}

}  // namespace

std::string decode_cgi_path(std::string_view path) {
  std::string decoded;
  for (std::size_t at = 0; at < path.size(); ++at) {
    char byte = path[at];
    if (byte == '%') {
      byte = static_cast<char>(characters::hex_value(path[at + 1]) << 4 |
                               characters::hex_value(path[at + 2]));
      if (byte == '/' || byte == '\0') return {};
      at += 2;
    }
    decoded += byte;
  }
  return has_dots(decoded) ? std::string{} : decoded;
}

Result<CgiRoot> CgiRoot::open(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real{::realpath(path.c_str(), nullptr),
                                                         &std::free};
  if (!real) return failure_from_errno("open");
  std::string directory = real.get();
  CgiRoot root;
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0) return failure_from_errno("open");
  if (S_ISREG(status.st_mode)) {
    if (!is_executable(AT_FDCWD, directory)) return failure_from_errno("open");
    root.program_ = directory.substr(directory.rfind('/') + 1);
    directory.resize(directory.rfind('/'));
  } else if (!S_ISDIR(status.st_mode)) {
    return failure(ENOTDIR);
  }
  root.directory_path_ = directory == "/" ? "" : directory;
  root.directory_.reset(
      ::open(directory.empty() ? "/" : directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.directory_ || !is_executable(root.directory_.get(), "."))
    return failure_from_errno("open");
  return root;
}

std::string CgiRoot::path() const {
  return directory_path_ + "/" + program_;
}

std::variant<CgiProgram, int> CgiRoot::find(std::string_view path) const {
  const std::string decoded = decode_cgi_path(path);
  if (!decoded.starts_with('/')) return 404;
  if (!program_.empty()) return found("/" + program_, decoded);
  for (std::size_t end = 0; end < decoded.size();) {
    const auto begin = decoded.find_first_not_of('/', end);
    if (begin == decoded.npos) break;
    end = std::min(decoded.find('/', begin), decoded.size());
    const std::string_view name = std::string_view(decoded).substr(0, end);
    const auto file = open_beneath(directory_.get(), "." + std::string(name), O_PATH);
    if (!file) return status_without(file.error());
    if (type_of(file->get()) == S_IFDIR) continue;
    if (type_of(file->get()) != S_IFREG) return 403;
    return found(name, std::string_view(decoded).substr(end));
  }
  return 404;
}

std::variant<CgiProgram, int> CgiRoot::found(std::string_view script_name,
                                             std::string_view rest) const {
  const std::string name(script_name);
  const std::string relative = "." + name;
  if (!is_executable(directory_.get(), relative)) return 403;
  CgiProgram program{.script_name = program_.empty() ? name : "",
                     .path_info = std::string(rest),
                     .file = directory_path_ + name,
                     .directory = {}};
  auto directory =
      open_beneath(directory_.get(), relative.substr(0, relative.rfind('/')), O_PATH | O_DIRECTORY);
  if (!directory) return status_without(directory.error());
  program.directory = std::move(*directory);
  return program;
}

}  // namespace brood
