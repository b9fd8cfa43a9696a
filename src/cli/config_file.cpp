#include "cli/config_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <optional>

#include <brood/unique_fd.hpp>
#include "cli/option_values.hpp"

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

/// What stands before the `=`, or what is wrong with the line.
std::variant<std::string, Problem> read_name(std::string_view content, std::size_t equals) {
  if (content.front() == '[')
    return Problem{shown(content) + ": there are no sections in this file: remove the line"};
  if (equals == std::string_view::npos)
    return Problem{shown(content) +
                   ": not a setting: write NAME = VALUE, or begin a comment with #"};
  const std::string_view name = trimmed(content.substr(0, equals));
  if (name.empty()) return Problem{shown(content) + ": the name is missing: write NAME = VALUE"};
  return std::string(name);
}

/// \param text what follows the opening quote
std::variant<std::string, Problem> read_quoted(std::string_view text) {
  std::string value;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      const std::string_view rest = text.substr(at + 1);
      if (trimmed(without_comment(rest)).empty()) return value;
      return Problem{
          "something follows the closing quote: write \\\" for a quote within the value"};
    }
    if (text[at] != '\\') {
      value += text[at];
      continue;
    }
    if (++at == text.size()) break;
    if (text[at] != '"' && text[at] != '\\' && text[at] != 'n')
      return Problem{"unknown escape \\" + shown(text.substr(at, 1)) +
                     R"(: in quotes there are \", \\ and \n)"};
    value += text[at] == 'n' ? '\n' : text[at];
  }
  return Problem{"the closing quote is missing"};
}

/// What stands behind the first `=` of a line.
std::variant<std::string, Problem> read_value(std::string_view line) {
  const auto value_of = [](std::string_view text) {
    return trimmed(text.substr(text.find('=') + 1));
  };
  if (const std::string_view text = value_of(line); text.starts_with('"'))
    return read_quoted(text.substr(1));
  return std::string(value_of(without_comment(line)));
}

}  // namespace

std::variant<std::vector<OptionEntry>, OptionError> parse_config_text(std::string_view text,
                                                                      const std::string& path) {
  std::vector<OptionEntry> entries;
  for (unsigned line = 1; !text.empty(); ++line) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    const std::string_view content = trimmed(without_comment(whole));
    if (content.empty()) continue;

    OptionEntry entry{.name = {}, .value = {}, .path = path, .line = line};
    const std::size_t equals = content.find('=');
    const auto name = read_name(content, equals);
    if (const auto* const problem = std::get_if<Problem>(&name))
      return OptionError{located(entry) + problem->text};
    entry.name = std::get<std::string>(name);
    auto value = read_value(whole);
    if (const auto* const problem = std::get_if<Problem>(&value))
      return OptionError{located(entry) + shown(entry.name) + ": " + problem->text};
    entry.value = std::get<std::string>(std::move(value));
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::string config_value(std::string_view value) {
  const bool is_plain = value == trimmed(without_comment(value)) && !value.starts_with('"') &&
                        value.find('\n') == std::string_view::npos;
  if (is_plain) return std::string(value);
  std::string quoted = "\"";
  for (const char byte : value) {
    if (byte == '"' || byte == '\\') quoted += '\\';
    quoted += byte == '\n' ? std::string("\\n") : std::string(1, byte);
  }
  return quoted += '"';
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
