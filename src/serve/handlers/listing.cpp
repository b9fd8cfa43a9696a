#include "serve/handlers/listing.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>

#include "serve/handlers/url_path.hpp"

namespace brood {
namespace {

constexpr std::string_view head =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font:1rem/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.2rem .8rem;text-align:left;"
    "overflow-wrap:anywhere}td:nth-child(2),th:nth-child(2){text-align:right;white-space:nowrap}"
    "td:nth-child(3){white-space:nowrap}tr:nth-child(even){background:#8881}</style>\n";

/// Safe in an element and in an attribute.
void append_html(std::string_view text, std::string& page) {
  for (const char c : text) {
    switch (c) {
      case '&': page += "&amp;"; break;
      case '<': page += "&lt;"; break;
      case '>': page += "&gt;"; break;
      case '"': page += "&quot;"; break;
      case '\'': page += "&#39;"; break;
      default: page += c;
    }
  }
}

/// "512", "1.5k", "20M": three digits at most.
std::string readable_size(std::uint64_t size) {
  constexpr std::string_view units = " kMGTPE";
  if (size < 1024) return std::to_string(size);
  auto amount = static_cast<double>(size);
  std::size_t unit = 0;
  for (; amount >= 1023.5; ++unit) amount /= 1024;
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), amount < 9.95 ? "%.1f%c" : "%.0f%c", amount, units[unit]);
  return text.data();
}

/// "2026-11-24 08:05"
std::string readable_time(std::time_t time) {
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::string text = std::to_string(parts.tm_year + 1900);
  const auto append = [&text](char separator, int number) {
    text += {separator, static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  };
  append('-', parts.tm_mon + 1);
  append('-', parts.tm_mday);
  append(' ', parts.tm_hour);
  append(':', parts.tm_min);
  return text;
}

void append_row(const ListedEntry& entry, std::string& page) {
  const bool is_folder = entry.facts.kind == FileFacts::Kind::folder;
  const std::string_view slash = is_folder ? "/" : "";
  page.append("<tr><td><a href=\"").append(encode_path(entry.name)).append(slash).append("\">");
  append_html(entry.name, page);
  page.append(slash).append("</a><td>");
  if (!is_folder) page += readable_size(entry.facts.size);
  page.append("<td>").append(readable_time(entry.facts.modified())) += '\n';
}

bool comes_before(const ListedEntry& a, const ListedEntry& b) noexcept {
  const bool a_is_folder = a.facts.kind == FileFacts::Kind::folder;
  const bool b_is_folder = b.facts.kind == FileFacts::Kind::folder;
  return a_is_folder != b_is_folder ? a_is_folder : a.name < b.name;
}

/// Of a link that stays beneath the root, those of what it leads to. Nothing if it is not shown.
std::optional<FileFacts> facts_of_shown(const RootFolder& root, const std::string& names,
                                        int folder, const char* name) {
  const auto facts = facts_of_entry(folder, name);
  if (!facts || facts->kind == FileFacts::Kind::other) return std::nullopt;
  if (facts->kind != FileFacts::Kind::link) return *facts;
  const auto target = root.open_beneath(names + name, O_PATH);
  if (!target || target->facts.kind == FileFacts::Kind::other) return std::nullopt;
  return target->facts;
}

}  // namespace

Result<std::vector<ListedEntry>> list_folder(const RootFolder& root, const std::string& names) {
  auto folder = root.open_beneath(names, O_RDONLY | O_DIRECTORY);
  if (!folder) return folder.error();
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(folder->fd.get()), ::closedir);
  if (!stream) return failure_from_errno("fdopendir");
  (void)folder->fd.release();  // The stream's own now.
  std::vector<ListedEntry> entries;
  while (const dirent* const found = ::readdir(stream.get())) {
    if (found->d_name[0] == '.') continue;
    const auto facts = facts_of_shown(root, names, ::dirfd(stream.get()), found->d_name);
    if (facts) entries.push_back({.name = found->d_name, .facts = *facts});
    if (entries.size() > listed_max) break;
  }
  return entries;
}

std::string render_listing(std::string_view names, std::vector<ListedEntry> entries) {
  const bool is_cut = entries.size() > listed_max;
  if (is_cut) entries.resize(listed_max);
  std::ranges::sort(entries, comes_before);
  std::string title = "/";
  append_html(names, title);
  std::string page{head};
  page += "<title>" + title + "</title>\n<h1>" + title + "</h1>\n<table>\n";
  page += "<tr><th>Name<th>Size<th>Modified (UTC)\n";
  if (!names.empty()) page += "<tr><td><a href=\"../\">../</a><td><td>\n";
  for (const ListedEntry& entry : entries) append_row(entry, page);
  page += "</table>\n";
  if (is_cut) page += "<p>There is more than can be shown.\n";
  return page;
}

}  // namespace brood
