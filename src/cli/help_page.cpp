#include "cli/help_page.hpp"

#include <algorithm>

namespace brood {
namespace {

constexpr std::size_t page_columns = 80;
constexpr std::size_t text_column = 30;

/// The first word, with all blanks that stand within brackets.
std::string_view first_word(std::string_view text) {
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[') ++depth;
    if (text[at] == ']') --depth;
    if (text[at] == ' ' && depth <= 0) return text.substr(0, at);
  }
  return text;
}

/// Puts words behind what is in `page`, whose last line has `column` characters.
void fold_into(std::string& page, std::size_t column, std::string_view text, std::size_t indent) {
  bool begins_line = true;
  while (!text.empty()) {
    const std::string_view word = first_word(text);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!begins_line && column + 1 + word.size() > page_columns) {
      page.append(1, '\n').append(indent, ' ');
      column = indent;
      begins_line = true;
    }
    page.append(begins_line ? 0 : 1, ' ').append(word);
    column += word.size() + (begins_line ? 0 : 1);
    begins_line = false;
  }
}

}  // namespace

std::string option_usage(std::string_view name, std::string_view value_name, char letter) {
  if (letter == 0 && name == "help") letter = 'h';
  if (letter == 0 && name == "version") letter = 'V';
  std::string usage;
  if (letter != 0) usage.append("-").append(1, letter).append(", ");
  usage.append("--").append(name);
  if (!value_name.empty()) usage.append(" ").append(value_name);
  return usage;
}

std::string folded(std::string_view text, std::size_t indent) {
  std::string page;
  fold_into(page, 0, text, indent);
  return page += '\n';
}

std::string help_heading(std::string_view heading) {
  return '\n' + std::string(heading) + ":\n";
}

std::string help_line(std::string_view left, std::string_view text) {
  std::string page = "  " + std::string(left);
  if (page.size() + 1 >= text_column)  // Too long for a text beside it.
    page.append(1, '\n').append(text_column, ' ');
  else
    page.resize(text_column, ' ');
  fold_into(page, text_column, text, text_column);
  return page += '\n';
}

std::string listed(std::string_view what, std::span<const std::string_view> names) {
  std::string text = std::string(what) + ": ";
  for (const std::string_view name : names) {
    if (name != names.front()) text += ", ";
    text += name;
  }
  return folded(text + '.', 2);
}

std::optional<std::string> page_asked_for(std::span<const std::string> args,
                                          const std::function<std::string()>& help_page,
                                          std::string_view program) {
  const auto has = [&](std::string_view name, std::string_view letter) {
    return std::ranges::any_of(
        args, [&](const std::string& arg) { return arg == name || arg == letter; });
  };
  if (has("--help", "-h")) return help_page();
  if (!has("--version", "-V")) return std::nullopt;
  const std::string version = "brood " BROOD_VERSION;
  if (program.starts_with("brood")) return version + '\n';
  return std::string(program) + " (" + version + ")\n";
}

}  // namespace brood
