#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace brood {

/// Which way the cells of a column lean: text to the left, numbers to the right.
enum class Align : unsigned char { left, right };

struct Column {
  std::string name;
  Align align = Align::right;
};

/// What a terminal shows in a line, if nothing else is known of it.
inline constexpr std::size_t terminal_columns = 80;

/// A table for a terminal: a head, then a line for each row; the columns are as wide as their
/// widest cell and two blanks apart, one where that makes them fit. Cells are ASCII of one line.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// \pre one cell for each column.
  void add_row(std::vector<std::string> cells);

  /// A line over the rows that follow, over all columns.
  void add_heading(std::string text);

  /// Whole lines, without blanks at their ends. Columns for which a line has no room come in
  /// another table beneath, behind the first column again.
  std::string text(std::size_t width = terminal_columns) const;

 private:
  bool is_heading(const std::vector<std::string>& row) const {
    return row.size() < columns_.size();
  }
  std::string block(const std::vector<std::size_t>& widths, std::size_t first, std::size_t last,
                    std::size_t gap) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// `text` in lines of at most `width`, broken at blanks; all but the first have `indent` before
/// that. A word that is longer than a line stays whole. The last line is without its end.
std::string folded(std::string_view text, std::size_t width, std::string_view indent);

/// A finite number with so many digits after the point, whatever the locale: "12.50".
std::string format_fixed(double value, int decimals);

}  // namespace brood
