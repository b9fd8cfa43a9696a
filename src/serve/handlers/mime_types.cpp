#include "serve/handlers/mime_types.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "http/characters.hpp"
#include "http/field.hpp"

namespace brood {
namespace {

constexpr const char* system_table = "/etc/mime.types";

constexpr std::string_view needed_by_every_site =
    "text/html html htm\n"
    "text/css css\n"
    "text/javascript js mjs\n"
    "text/plain txt text log conf\n"
    "text/markdown md markdown\n"
    "text/csv csv\n"
    "text/xml xml\n"
    "application/json json map\n"
    "application/manifest+json webmanifest\n"
    "application/wasm wasm\n"
    "application/pdf pdf\n"
    "application/gzip gz tgz\n"
    "application/zip zip\n"
    "image/svg+xml svg svgz\n"
    "image/png png\n"
    "image/jpeg jpg jpeg\n"
    "image/gif gif\n"
    "image/webp webp\n"
    "image/avif avif\n"
    "image/vnd.microsoft.icon ico\n"
    "font/woff woff\n"
    "font/woff2 woff2\n"
    "audio/mpeg mp3\n"
    "audio/ogg oga ogg opus\n"
    "video/mp4 mp4\n"
    "video/webm webm\n";

std::string lower(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(), characters::lower);
  return small;
}

/// Takes the next word from the front; empty at the end.
std::string_view next_word(std::string_view& line) {
  constexpr std::string_view blanks = " \t\r";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

std::string with_charset(std::string_view type, std::string_view charset) {
  std::string full(type);
  if (type.starts_with("text/") && !charset.empty()) full.append("; charset=").append(charset);
  return full;
}

}  // namespace

MimeTypes MimeTypes::parse(std::string_view text, std::string_view charset) {
  MimeTypes types;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    types.add_line(line.substr(0, line.find('#')), charset);
  }
  return types;
}

void MimeTypes::add_line(std::string_view line, std::string_view charset) {
  const std::string_view type = next_word(line);
  if (type.find('/') == std::string_view::npos || !is_sound_field("Content-Type", type)) return;
  for (auto ending = next_word(line); !ending.empty(); ending = next_word(line))
    by_ending_.try_emplace(lower(ending), with_charset(type, charset));
}

MimeTypes MimeTypes::of_system(std::string_view charset) {
  std::ifstream file(system_table);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse(text.empty() ? needed_by_every_site : text, charset);
}

std::string_view MimeTypes::of(std::string_view file_name) const {
  const std::string_view name = file_name.substr(file_name.rfind('/') + 1);
  const auto dot = name.rfind('.');
  const auto found = dot == std::string_view::npos ? by_ending_.end()
                                                   : by_ending_.find(lower(name.substr(dot + 1)));
  return found == by_ending_.end() ? "application/octet-stream" : std::string_view(found->second);
}

}  // namespace brood
