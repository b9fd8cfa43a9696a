#pragma once

#include <string>
#include <vector>

namespace brood {

/// Which way the cells of a column lean: text to the left, numbers to the right.
enum class Align : unsigned char { left, right };

struct Column {
  std::string name;
  Align align = Align::right;
};

/// A table for a terminal: a head, then a line for each row; the columns are as wide as their
/// widest cell and two blanks apart. Cells are ASCII of one line.
class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// \pre one cell for each column.
  void add_row(std::vector<std::string> cells);

  /// Whole lines, without blanks at their ends.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A finite number with so many digits after the point, whatever the locale: "12.50".
std::string format_fixed(double value, int decimals);

}  // namespace brood
