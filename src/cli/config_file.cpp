#include "cli/config_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>

#include <brood/unique_fd.hpp>

namespace brood {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Only after a blank, so that a path may have a `#` in its name.
std::string_view without_comment(std::string_view line) {
  for (std::size_t at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1))
    if (at == 0 || blanks.find(line[at - 1]) != std::string_view::npos) return line.substr(0, at);
  return line;
}

std::optional<std::string> problem_of(std::string_view content, std::size_t equals) {
  if (content.front() == '[')
    return shown(content) + ": there are no sections in this file: remove the line";
  if (equals == std::string_view::npos)
    return shown(content) + ": not a setting: write NAME = VALUE, or begin a comment with #";
  if (trimmed(content.substr(0, equals)).empty())
    return shown(content) + ": the name is missing: write NAME = VALUE";
  return std::nullopt;
}

}  // namespace

std::variant<std::vector<OptionEntry>, OptionError> parse_config_text(std::string_view text,
                                                                      const std::string& path) {
  std::vector<OptionEntry> entries;
  for (unsigned line = 1; !text.empty(); ++line) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    const std::string_view content = trimmed(without_comment(text.substr(0, size)));
    text.remove_prefix(std::min(size + 1, text.size()));
    if (content.empty()) continue;

    const std::size_t equals = content.find('=');
    OptionEntry entry{.name = {}, .value = {}, .path = path, .line = line};
    if (const auto problem = problem_of(content, equals))
      return OptionError{located(entry) + *problem};
    entry.name = trimmed(content.substr(0, equals));
    entry.value = trimmed(content.substr(equals + 1));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<std::string> read_config_file(const std::string& path) {
  constexpr std::size_t size_max = 1 << 20;
  const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return failure_from_errno("open");
  std::string text;
  std::array<char, 4096> chunk{};
  for (;;) {
    const ssize_t size = ::read(file.get(), chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return failure_from_errno("read");
    if (size == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(size));
    if (text.size() > size_max)
      return Failure{.code = {EFBIG, boost::system::system_category()}, .operation = "read"};
  }
}

}  // namespace brood
