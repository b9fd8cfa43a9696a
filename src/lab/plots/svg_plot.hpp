#pragma once

#include <string>
#include <vector>

namespace brood {

/// How a point's place follows from its value.
enum class PlotScale : unsigned char {
  linear,       ///< From 0.
  logarithmic,  ///< Powers of ten; what is not above 0 is left out.
};

/// A mark at an axis, with its own name.
struct PlotMark {
  double at = 0;
  std::string name;
};

/// A value from `x` on, until the next point's, or on a line to it.
struct PlotPoint {
  double x = 0;
  double y = 0;  ///< >= 0
};

struct PlotSeries {
  std::string name;               ///< Stands at the right end of the line, instead of a legend.
  std::vector<PlotPoint> points;  ///< Ascending in x, which begins at 0 or above.
  bool filled = false;            ///< An area behind the lines, for what they are compared with.
};

/// What to draw: at most one filled series and eight lines have colours of their own. The first
/// line is broad, so that its edges show where another covers it.
struct Plot {
  std::string title{};
  std::vector<std::string> subtitles{};  ///< A line each; there is room for two.
  std::string x_label{};
  std::string y_label{};
  std::vector<PlotSeries> series{};
  PlotScale x_scale = PlotScale::linear;
  PlotScale y_scale = PlotScale::linear;
  std::vector<PlotMark> x_marks{};  ///< In the place of round ones.
  bool is_stepped = true;           ///< Otherwise points are joined.
};

/// A drawing of lines over axes, as a document of its own or for one of HTML: SVG 1.1, light or
/// dark as the reader prefers (where the viewer knows that). The same plot gives the same bytes.
/// All text in it is escaped.
std::string to_svg(const Plot& plot);

}  // namespace brood
