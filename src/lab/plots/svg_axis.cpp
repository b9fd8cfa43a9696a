#include "lab/plots/svg_axis.hpp"

#include <algorithm>
#include <cmath>

#include "lab/plots/svg_scale.hpp"
#include "report/table.hpp"

namespace brood {

PlotAxis::PlotAxis(PlotScale scale, double least, double most, int wanted) : scale_(scale) {
  if (scale == PlotScale::logarithmic) {
    set_decades(least, most);
    return;
  }
  const AxisTicks ticks = axis_ticks(most, wanted);
  most_ = ticks.marks.back();
  for (const double mark : ticks.marks)
    marks_.push_back({mark, format_fixed(mark, ticks.decimals)});
}

void PlotAxis::set_decades(double least, double most) {
  const auto powers = decade_marks(least, most);
  least_ = powers.front();
  most_ = powers.back();
  for (const double power : powers) marks_.push_back({power, decade_name(power)});
}

double PlotAxis::share(double value) const noexcept {
  if (scale_ == PlotScale::linear) return value / most_;
  return std::log(std::max(value, least_) / least_) / std::log(most_ / least_);
}

void PlotAxis::end_at(double most) {
  most_ = std::max(most, least_ > 0 ? least_ * (1 + 1e-9) : 1e-9);
  std::erase_if(marks_, [&](const PlotMark& mark) { return mark.at > most_ * (1 + 1e-9); });
}

}  // namespace brood
