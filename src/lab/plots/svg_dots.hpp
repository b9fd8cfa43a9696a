#pragma once

#include <optional>
#include <string>
#include <vector>

namespace brood {

/// A row of dots.
struct DotRow {
  std::string group;  ///< The same for the rows of a group, which stand together; may be empty.
  std::string name;
  /// One for each of the plot's marks, > 0; nothing: off the scale, which is said in words.
  std::vector<std::optional<double>> values;
  bool is_best = false;  ///< Its name is bold, and it is said at its end.
};

/// What to draw: rows that are to be compared, each with the same few figures.
struct DotPlot {
  std::string title;
  std::vector<std::string> subtitles;  ///< A line each; there is room for two.
  std::string x_label;
  std::vector<std::string> marks;  ///< What the dots of a row stand for; at most four.
  std::string off_scale;           ///< What is written for a value that is missing.
  std::string best_means{};        ///< Stands behind the key, if a row is the best.
  std::vector<DotRow> rows;
};

/// A drawing of dots over a logarithmic axis, as a document of its own; see to_svg(Plot).
std::string to_svg(const DotPlot& plot);

}  // namespace brood
