#include "report/table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <numeric>
#include <utility>

namespace brood {
namespace {

void append_cell(std::string& line, const std::string& cell, std::size_t width, Align align) {
  const std::string padding(width - cell.size(), ' ');
  line += align == Align::right ? padding + cell : cell + padding;
}

void end_line(std::string& text) {
  text.erase(text.find_last_not_of(' ') + 1);
  text += '\n';
}

}  // namespace

void Table::add_row(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

void Table::add_heading(std::string text) {
  rows_.push_back({std::move(text)});
}

std::string Table::text(std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t widest = columns_[i].name.size();
    for (const auto& row : rows_)
      if (!is_heading(row)) widest = std::max(widest, row[i].size());
    widths.push_back(widest);
  }
  const std::size_t cells = std::accumulate(widths.begin(), widths.end(), std::size_t{0});
  const std::size_t gaps = widths.size() - 1;
  const std::size_t gap = cells + gaps <= width && width < cells + 2 * gaps ? 1 : 2;
  std::string text;
  for (std::size_t first = std::min<std::size_t>(1, columns_.size()); first < columns_.size();) {
    std::size_t last = first;
    std::size_t used = widths[0];
    do {
      used += gap + widths[last++];
    } while (last < columns_.size() && used + gap + widths[last] <= width);
    if (!text.empty()) text += '\n';
    text += block(widths, first, last, gap);
    first = last;
  }
  return columns_.size() == 1 ? block(widths, 1, 1, gap) : text;
}

/// The first column, and those from `first` to before `last`.
std::string Table::block(const std::vector<std::size_t>& widths, std::size_t first,
                         std::size_t last, std::size_t gap) const {
  std::string text;
  const auto append_row = [&](const auto& cell_at) {
    append_cell(text, cell_at(0), widths[0], columns_[0].align);
    for (std::size_t i = first; i < last; ++i) {
      text.append(gap, ' ');
      append_cell(text, cell_at(i), widths[i], columns_[i].align);
    }
    end_line(text);
  };
  append_row([&](std::size_t i) { return columns_[i].name; });
  for (const auto& row : rows_) {
    if (is_heading(row))
      text.append(row[0]).append("\n");
    else
      append_row([&](std::size_t i) { return row[i]; });
  }
  return text;
}

std::string folded(std::string_view text, std::size_t width, std::string_view indent) {
  std::string result;
  while (text.size() > width) {
    std::size_t at = text.rfind(' ', width);
    if (at == std::string_view::npos || at == 0) at = text.find(' ', width);
    if (at == std::string_view::npos) break;
    result.append(text.substr(0, at)).append("\n").append(indent);
    text.remove_prefix(at + 1);
  }
  return result.append(text);
}

std::string format_fixed(double value, int decimals) {
  std::array<char, 512> buffer{};  // The largest double has 309 digits before the point.
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, decimals);
  assert(error == std::errc{});
  return {buffer.data(), end};
}

}  // namespace brood
