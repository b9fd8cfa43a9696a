#include "report/svg_scale.hpp"

#include <cmath>

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

}  // namespace brood
