#include "lab/plots/svg_scale.hpp"

#include <algorithm>
#include <cmath>

#include "report/table.hpp"

namespace brood {

AxisTicks axis_ticks(double most, int wanted) {
  if (most <= 0) return {.step = 1, .decimals = 0, .marks = {0, 1}};
  const double rough = most / wanted;
  const int power = static_cast<int>(std::floor(std::log10(rough)));
  const double unit = std::pow(10.0, power);
  double step = 10 * unit;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * unit >= rough) {
      step = factor * unit;
      break;
    }
  }
  AxisTicks ticks{.step = step, .decimals = step < 1 ? -power : 0, .marks = {}};
  // A multiple that misses `most` by rounding only is not missed at all.
  const auto count = static_cast<int>(std::ceil(most / step - 1e-9));
  for (int i = 0; i <= count; ++i) ticks.marks.push_back(i * step);
  return ticks;
}

std::vector<double> decade_marks(double least, double most) {
  // A power that is missed by rounding only is not missed at all.
  const auto first = static_cast<int>(std::floor(std::log10(least) + 1e-9));
  const auto last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(most) - 1e-9)));
  std::vector<double> marks;
  for (int power = first; power <= last; ++power) marks.push_back(std::pow(10.0, power));
  return marks;
}

std::string decade_name(double power) {
  if (power >= 1e6) return format_fixed(power / 1e6, 0) + 'M';
  if (power >= 1e4) return format_fixed(power / 1e3, 0) + 'k';
  const auto decimals = static_cast<int>(std::lround(-std::log10(power)));
  return format_fixed(power, std::max(0, decimals));
}

}  // namespace brood
