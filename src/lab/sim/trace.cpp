#include "lab/sim/trace.hpp"

#include <cmath>
#include <numbers>
namespace brood {
namespace {

double seconds(Duration duration) noexcept {
  return std::chrono::duration<double>(duration).count();
}

/// The share of the peak's rate at that moment, 0 to 1.
double intensity(const TraceOptions& options, Duration at) noexcept {
  const double phase = seconds(at % options.period) / seconds(options.period);
  switch (options.shape) {
    case TraceShape::sine: return (1 - std::cos(2 * std::numbers::pi * phase)) / 2;
    case TraceShape::on_off: return phase < 0.5 ? 1 : 0;
    case TraceShape::steady:
    case TraceShape::burst: return 1;
  }
  return 1;
}

std::vector<Arrival> bursts(const TraceOptions& options) {
  std::vector<Arrival> trace;
  const auto size = std::llround(options.rate);
  for (Duration at{0}; at < options.duration; at += options.period)
    trace.insert(trace.end(), static_cast<std::size_t>(size), Arrival{.at = at});
  return trace;
}

/// Thinning (Lewis and Shedler, "Simulation of nonhomogeneous Poisson processes by thinning", Naval
/// Research Logistics 1979): candidates at the peak's rate, each kept by its moment's share of it.
std::vector<Arrival> by_chance(const TraceOptions& options, SplitMix random) {
  std::vector<Arrival> trace;
  double now = 0;
  for (;;) {
    now += random.exponential(1 / options.rate);
    if (now >= seconds(options.duration)) return trace;
    const Duration at{static_cast<std::int64_t>(now * 1e9)};
    if (random.unit() < intensity(options, at)) trace.push_back({.at = at});
  }
}

}  // namespace

double expected_arrivals(const TraceOptions& options) noexcept {
  switch (options.shape) {
    case TraceShape::steady: return options.rate * seconds(options.duration);
    case TraceShape::sine:
    case TraceShape::on_off: return options.rate * seconds(options.duration) / 2;
    case TraceShape::burst:
      return std::round(options.rate) *
             std::ceil(seconds(options.duration) / seconds(options.period));
  }
  return 0;
}

std::vector<Arrival> make_trace(const TraceOptions& options, std::uint64_t seed) {
  auto trace = options.shape == TraceShape::burst
                   ? bursts(options)
                   : by_chance(options, SplitMix{stream_seed(seed, Stream::arrivals)});
  SplitMix random{stream_seed(seed, Stream::services)};
  for (Arrival& arrival : trace) arrival.service = draw_service(options, random);
  return trace;
}

Duration draw_service(const TraceOptions& options, SplitMix& random) noexcept {
  if (!options.exponential_service) return options.service;
  const auto mean = static_cast<double>(options.service.count());
  return Duration{static_cast<std::int64_t>(random.exponential(mean))};
}

std::uint64_t stream_seed(std::uint64_t seed, Stream stream) noexcept {
  SplitMix root{seed};
  std::uint64_t drawn = root.next();
  for (auto i = static_cast<unsigned>(stream); i > 0; --i) drawn = root.next();
  return drawn;
}

}  // namespace brood
