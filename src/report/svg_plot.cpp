#include "report/svg_plot.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "report/svg_parts.hpp"
#include "report/svg_scale.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

constexpr double width = 960, height = 544;
constexpr double left = 64, right = 840, top = 108, bottom = 480;
constexpr double label_gap = 18;  // Between two names at the ends of lines.

struct Axes {
  AxisTicks x, y;
  double x_most = 1;

  double at_x(double value) const { return left + (right - left) * value / x_most; }
  double at_y(double value) const { return bottom - (bottom - top) * value / y.marks.back(); }
};

Axes axes_of(const Plot& plot) {
  double x_most = 0, y_most = 0;
  for (const PlotSeries& series : plot.series) {
    for (const PlotPoint& point : series.points) {
      x_most = std::max(x_most, point.x);
      y_most = std::max(y_most, point.y);
    }
  }
  return {
      .x = axis_ticks(x_most, 10), .y = axis_ticks(y_most, 6), .x_most = std::max(x_most, 1e-9)};
}

void append_axes(std::string& svg, const Plot& plot, const Axes& axes) {
  for (const double mark : axes.y.marks) {
    const double y = axes.at_y(mark);
    append_line(svg, left, y, right, y, mark > 0 ? "grid" : "axis");
    append_text(svg, left - 8, y + 4.5, "end", format_fixed(mark, axes.y.decimals));
  }
  for (const double mark : axes.x.marks) {
    if (mark > axes.x_most * (1 + 1e-9)) break;
    const double x = axes.at_x(mark);
    append_line(svg, x, bottom, x, bottom + 5, "axis");
    append_text(svg, x, bottom + 21, "middle", format_fixed(mark, axes.x.decimals));
  }
  append_text(svg, (left + right) / 2, bottom + 44, "middle", plot.x_label);
  append_text(svg, left - 44, top - 14, "", plot.y_label);
}

/// The corners of a step line; a point that changes nothing has none.
std::string step_path(const PlotSeries& series, const Axes& axes) {
  const auto& points = series.points;
  std::string path = "M" + px(axes.at_x(points[0].x)) + ' ' + px(axes.at_y(points[0].y));
  std::string y_before = px(axes.at_y(points[0].y));
  for (const PlotPoint& point : points) {
    const std::string y = px(axes.at_y(point.y));
    if (y == y_before) continue;
    path += 'H' + px(axes.at_x(point.x)) + 'V' + y;
    y_before = y;
  }
  return path + 'H' + px(axes.at_x(points.back().x));
}

void append_series(std::string& svg, const PlotSeries& series, std::size_t colour,
                   const Axes& axes) {
  const std::string path = step_path(series, axes);
  if (series.filled)
    svg += "<path class=\"area\" d=\"" + path + 'V' + px(bottom) + 'H' +
           px(axes.at_x(series.points[0].x)) + "Z\"/>\n";
  else
    svg += "<path class=\"line s" + std::to_string(colour) + "\" d=\"" + path + "\"/>\n";
}

struct EndLabel {
  std::string name;
  std::string mark;  ///< Class of the piece of line before the name.
  double y = 0;
};

/// Moves names apart that would cover each other, down first, then up from the bottom.
void spread(std::vector<EndLabel>& labels) {
  std::ranges::stable_sort(labels, {}, &EndLabel::y);
  for (std::size_t i = 1; i < labels.size(); ++i)
    labels[i].y = std::max(labels[i].y, labels[i - 1].y + label_gap);
  double lowest = bottom;
  for (std::size_t i = labels.size(); i-- > 0; lowest -= label_gap)
    labels[i].y = std::min(labels[i].y, lowest);
}

void append_labels(std::string& svg, std::vector<EndLabel> labels) {
  spread(labels);
  for (const EndLabel& label : labels) {
    append_line(svg, right + 10, label.y, right + 26, label.y, label.mark);
    append_text(svg, right + 32, label.y + 4.5, "name", label.name);
  }
}

}  // namespace

std::string to_svg(const Plot& plot) {
  const Axes axes = axes_of(plot);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
                    format_fixed(width, 0) + ' ' + format_fixed(height, 0) +
                    "\" role=\"img\">\n<title>" + escape_xml(plot.title) + "</title>\n" +
                    svg_style + "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  append_text(svg, left - 44, 30, "title", plot.title);
  double y = 50;
  for (const std::string& line : plot.subtitles) {
    append_text(svg, left - 44, y, "", line);
    y += 18;
  }
  append_axes(svg, plot, axes);
  std::vector<EndLabel> labels;
  std::size_t colour = 0;
  // Areas first: what comes later is drawn above.
  for (const bool filled : {true, false}) {
    for (const PlotSeries& series : plot.series) {
      if (series.filled != filled || series.points.empty()) continue;
      append_series(svg, series, colour, axes);
      const std::string mark = filled ? "sa" : "line s" + std::to_string(colour++);
      labels.push_back({series.name, mark, axes.at_y(series.points.back().y)});
    }
  }
  append_labels(svg, std::move(labels));
  return svg + "</svg>\n";
}

}  // namespace brood
