#include "lab/plots/svg_plot.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lab/plots/svg_axis.hpp"
#include "lab/plots/svg_parts.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

constexpr double width = 960, height = 544;
constexpr double left = 64, right = 840, top = 108, bottom = 480;
constexpr std::size_t colour_count = 8;
constexpr double label_gap = 18;  // Between two names at the ends of lines.

struct Axes {
  PlotAxis x, y;

  double at_x(double value) const { return left + (right - left) * x.share(value); }
  double at_y(double value) const { return bottom - (bottom - top) * y.share(value); }
};

/// Whether a point has a place on axes of these scales.
bool has_place(const Plot& plot, const PlotPoint& point) {
  return (plot.x_scale == PlotScale::linear || point.x > 0) &&
         (plot.y_scale == PlotScale::linear || point.y > 0);
}

Axes axes_of(const Plot& plot) {
  double x_most = 0, y_most = 0, x_least = HUGE_VAL, y_least = HUGE_VAL;
  for (const PlotSeries& series : plot.series) {
    for (const PlotPoint& point : series.points) {
      if (!has_place(plot, point)) continue;
      x_most = std::max(x_most, point.x);
      y_most = std::max(y_most, point.y);
      x_least = std::min(x_least, point.x);
      y_least = std::min(y_least, point.y);
    }
  }
  const bool is_empty = x_least > x_most;
  Axes axes{.x = PlotAxis(plot.x_scale, is_empty ? 1 : x_least, is_empty ? 1 : x_most, 10),
            .y = PlotAxis(plot.y_scale, is_empty ? 1 : y_least, is_empty ? 1 : y_most, 6)};
  if (plot.x_scale == PlotScale::linear) axes.x.end_at(x_most);
  if (!plot.x_marks.empty()) {
    axes.x.set_marks(plot.x_marks);
    axes.x.end_at(x_most);
  }
  return axes;
}

void append_axes(std::string& svg, const Plot& plot, const Axes& axes) {
  bool is_first = true;
  for (const PlotMark& mark : axes.y.marks()) {
    const double y = axes.at_y(mark.at);
    append_line(svg, left, y, right, y, std::exchange(is_first, false) ? "axis" : "grid");
    append_text(svg, left - 8, y + 4.5, "end", mark.name);
  }
  for (const PlotMark& mark : axes.x.marks()) {
    const double x = axes.at_x(mark.at);
    append_line(svg, x, bottom, x, bottom + 5, "axis");
    append_text(svg, x, bottom + 21, "middle", mark.name);
  }
  append_text(svg, (left + right) / 2, bottom + 44, "middle", plot.x_label);
  append_text(svg, left - 44, top - 14, "", plot.y_label);
}

/// The corners of a step line; a point that changes nothing has none.
std::string step_path(const std::vector<PlotPoint>& points, const Axes& axes) {
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

std::string joined_path(const std::vector<PlotPoint>& points, const Axes& axes) {
  std::string path;
  for (const PlotPoint& point : points)
    path += (path.empty() ? 'M' : 'L') + px(axes.at_x(point.x)) + ' ' + px(axes.at_y(point.y));
  return path;
}

void append_series(std::string& svg, const PlotSeries& series, std::size_t colour, const Axes& axes,
                   bool is_stepped) {
  const std::string path =
      is_stepped ? step_path(series.points, axes) : joined_path(series.points, axes);
  if (series.filled)
    svg += "<path class=\"area\" d=\"" + path + 'V' + px(bottom) + 'H' +
           px(axes.at_x(series.points[0].x)) + "Z\"/>\n";
  else  // A line without a length is drawn as its round ends.
    svg += "<path class=\"line s" + std::to_string(colour) +
           (series.points.size() == 1 ? " point" : "") + "\" d=\"" + path +
           (series.points.size() == 1 ? "h0" : "") + "\"/>\n";
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
    for (PlotSeries series : plot.series) {
      if (series.filled != filled) continue;
      std::erase_if(series.points, [&](const PlotPoint& point) { return !has_place(plot, point); });
      if (series.points.empty()) continue;
      append_series(svg, series, colour, axes, plot.is_stepped);
      const std::string mark = filled ? "sa" : "line s" + std::to_string(colour++ % colour_count);
      labels.push_back({series.name, mark, axes.at_y(series.points.back().y)});
    }
  }
  append_labels(svg, std::move(labels));
  return svg + "</svg>\n";
}

}  // namespace brood
