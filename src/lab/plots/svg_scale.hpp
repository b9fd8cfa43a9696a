#pragma once

#include <string>
#include <vector>

namespace brood {

/// Round marks along an axis from 0: multiples of 1, 2 or 5 times a power of ten.
struct AxisTicks {
  double step = 1;
  int decimals = 0;           ///< How many digits after the point a mark needs.
  std::vector<double> marks;  ///< From 0 on; the last is not below the axis' greatest value.
};

/// About `wanted` marks for values up to `most`; an axis without values still gets one step.
AxisTicks axis_ticks(double most, int wanted);

/// Powers of ten from one that is not above `least` to one that is not below `most`; both > 0.
/// Always two of them at least.
std::vector<double> decade_marks(double least, double most);

/// "0.001", "10", "10k": a power of ten as short as it can be read.
std::string decade_name(double power);

}  // namespace brood
