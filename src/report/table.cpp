#include "report/table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
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

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = columns_[i].name.size();
    for (const auto& row : rows_) width = std::max(width, row[i].size());
    widths.push_back(width);
  }
  std::string text;
  const auto append_row = [&](const auto& cell_at) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) text += "  ";
      append_cell(text, cell_at(i), widths[i], columns_[i].align);
    }
    end_line(text);
  };
  append_row([&](std::size_t i) { return columns_[i].name; });
  for (const auto& row : rows_) append_row([&](std::size_t i) { return row[i]; });
  return text;
}

std::string format_fixed(double value, int decimals) {
  std::array<char, 512> buffer{};  // The largest double has 309 digits before the point.
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::fixed, decimals);
  assert(error == std::errc{});
  return {buffer.data(), end};
}

}  // namespace brood
