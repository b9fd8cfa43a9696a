#pragma once

#include <vector>

#include "lab/plots/svg_plot.hpp"

namespace brood {

/// One axis of a plot: where a value lies along it, and what is written at it.
class PlotAxis {
 public:
  /// Of values from `least` to `most`; both > 0 on a logarithmic axis. \param wanted about so many
  /// marks.
  PlotAxis(PlotScale scale, double least, double most, int wanted);

  /// Where a value lies: 0 at the begin, 1 at the end.
  double share(double value) const noexcept;
  /// Ends there instead of at the last mark; marks beyond are left out.
  void end_at(double most);
  void set_marks(std::vector<PlotMark> marks) { marks_ = std::move(marks); }
  const std::vector<PlotMark>& marks() const noexcept { return marks_; }

 private:
  void set_decades(double least, double most);

  PlotScale scale_;
  double least_ = 0;  ///< Of a logarithmic axis; a linear one begins at 0.
  double most_ = 1;
  std::vector<PlotMark> marks_;
};

}  // namespace brood
