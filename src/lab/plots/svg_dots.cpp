#include "lab/plots/svg_dots.hpp"

#include <algorithm>
#include <cmath>

#include "lab/plots/svg_parts.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

constexpr double dots_width = 960, dots_margin = 20;
constexpr double dots_left = 210, dots_right = 860, dots_top = 112;
constexpr double row_height = 20, heading_height = 26;

/// A logarithmic axis between two round numbers.
struct LogAxis {
  double least = 1, most = 10;
  std::vector<double> marks;

  double at(double value) const {
    const double share = std::log10(value / least) / std::log10(most / least);
    return dots_left + (dots_right - dots_left) * std::clamp(share, 0.0, 1.0);
  }
};

/// From the round number at or below the least value to the one at or above the greatest.
LogAxis log_axis_of(const DotPlot& plot) {
  double least = 1e9, most = 0;
  for (const DotRow& row : plot.rows) {
    for (const auto& value : row.values) {
      if (!value) continue;
      least = std::min(least, *value);
      most = std::max(most, *value);
    }
  }
  LogAxis axis;
  double decade = 1e-3;
  for (; decade < 1e9; decade *= 10) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double mark = factor * decade;
      if (mark <= least || axis.marks.empty()) axis.marks.assign(1, mark);
      if (mark > least && axis.marks.back() < most) axis.marks.push_back(mark);
    }
  }
  if (axis.marks.size() < 2) axis.marks.push_back(axis.marks.back() * 10);
  axis.least = axis.marks.front();
  axis.most = axis.marks.back();
  return axis;
}

void append_dot(std::string& svg, double x, double y, std::size_t mark) {
  svg += "<circle cx=\"" + px(x) + "\" cy=\"" + px(y) + "\" r=\"4.5\" class=\"d" +
         std::to_string(mark) + "\"/>\n";
}

/// The line between the dots, then the dots, the last mark below the others.
void append_dot_row(std::string& svg, const DotPlot& plot, const DotRow& row, const LogAxis& axis,
                    double y) {
  append_text(svg, dots_left - 12, y + 4.5, row.is_best ? "name end best" : "name end", row.name);
  double x_least = dots_right, x_most = dots_left;
  for (const auto& value : row.values) {
    x_least = std::min(x_least, value ? axis.at(*value) : dots_right);
    x_most = std::max(x_most, value ? axis.at(*value) : dots_right);
  }
  append_line(svg, x_least, y, x_most, y, "axis");
  bool is_off_scale = false;
  for (std::size_t mark = row.values.size(); mark-- > 0;) {
    if (row.values[mark])
      append_dot(svg, axis.at(*row.values[mark]), y, mark);
    else
      is_off_scale = true;
  }
  const std::string off_scale = is_off_scale ? plot.off_scale : "";
  const std::string best = row.is_best ? (off_scale.empty() ? "best" : ", best") : "";
  if (!(off_scale + best).empty())
    append_text(svg, dots_right + 10, y + 4.5, row.is_best ? "name best" : "", off_scale + best);
}

void append_dots_key(std::string& svg, const DotPlot& plot) {
  double x = dots_left;
  for (std::size_t mark = 0; mark < plot.marks.size(); ++mark, x += 90) {
    append_dot(svg, x, dots_top - 22, mark);
    append_text(svg, x + 10, dots_top - 17.5, "name", plot.marks[mark]);
  }
  if (std::ranges::any_of(plot.rows, &DotRow::is_best))
    append_text(svg, x, dots_top - 17.5, "", "best: " + plot.best_means);
}

void append_log_axis(std::string& svg, const DotPlot& plot, const LogAxis& axis, double bottom) {
  double x_before = 0;
  for (const double mark : axis.marks) {
    const double x = axis.at(mark);
    append_line(svg, x, dots_top - 6, x, bottom, "grid");
    if (x - x_before < 40) continue;
    x_before = x;
    append_text(svg, x, bottom + 18, "middle", format_fixed(mark, mark < 1 ? 3 : 0));
  }
  append_text(svg, (dots_left + dots_right) / 2, bottom + 40, "middle", plot.x_label);
}

double dots_height(const DotPlot& plot) {
  double height = row_height * static_cast<double>(plot.rows.size());
  const std::string* before = nullptr;
  for (const DotRow& row : plot.rows) {
    if (!row.group.empty() && (before == nullptr || *before != row.group)) height += heading_height;
    before = &row.group;
  }
  return height;
}

}  // namespace

std::string to_svg(const DotPlot& plot) {
  const LogAxis axis = log_axis_of(plot);
  const double bottom = dots_top + dots_height(plot);
  std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " +
                    format_fixed(dots_width, 0) + ' ' + format_fixed(bottom + 56, 0) +
                    "\" role=\"img\">\n<title>" + escape_xml(plot.title) + "</title>\n" +
                    svg_style + "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n";
  append_text(svg, dots_margin, 30, "title", plot.title);
  double y = 50;
  for (const std::string& line : plot.subtitles) {
    append_text(svg, dots_margin, y, "", line);
    y += 18;
  }
  append_log_axis(svg, plot, axis, bottom);
  append_dots_key(svg, plot);
  y = dots_top;
  const std::string* before = nullptr;
  for (const DotRow& row : plot.rows) {
    if (!row.group.empty() && (before == nullptr || *before != row.group)) {
      y += heading_height;
      append_text(svg, dots_margin, y - 8, "", row.group);
    }
    before = &row.group;
    append_dot_row(svg, plot, row, axis, y + row_height / 2);
    y += row_height;
  }
  return svg + "</svg>\n";
}

}  // namespace brood
