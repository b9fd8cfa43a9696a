#pragma once

#include <string>
#include <vector>

namespace brood {

/// A value from `x` on, until the next point's.
struct PlotPoint {
  double x = 0;
  double y = 0;  ///< >= 0
};

struct PlotSeries {
  std::string name;               ///< Stands at the right end of the line, instead of a legend.
  std::vector<PlotPoint> points;  ///< Ascending in x, which begins at 0 or above.
  bool filled = false;            ///< An area behind the lines, for what they are compared with.
};

/// What to draw: at most one filled series and four lines have colours of their own. The first line
/// is broad, so that its edges show where another covers it.
struct Plot {
  std::string title;
  std::vector<std::string> subtitles;  ///< A line each; there is room for two.
  std::string x_label;
  std::string y_label;
  std::vector<PlotSeries> series;
};

/// A drawing of step lines over linear axes from 0, as a document of its own: SVG 1.1, light or
/// dark as the reader prefers (where the viewer knows that). The same plot gives the same bytes.
/// All text in it is escaped.
std::string to_svg(const Plot& plot);

}  // namespace brood
