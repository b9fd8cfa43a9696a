#pragma once
// sim: level 3. The rules in virtual time. Of the pool: traces of arrivals, a model of the workers
// and of the supervisor's rhythm. Of the balancer: servers, balancers and clients, and scenarios in
// which strategies are compared. And what is told of a run. Nothing real: no clock, no process, no
// file. All chance comes from a seed; the same values in give the same values out.

#include <cstdint>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

/// One request. It brings its work along, so that every policy is asked to do the same.
struct Arrival {
  Duration at{0};       ///< Since the run began.
  Duration service{0};  ///< How long a worker is busy with it.

  friend bool operator==(const Arrival&, const Arrival&) = default;
};

enum class TraceShape : std::uint8_t {
  steady,  ///< `rate` a second, by chance (a Poisson process).
  burst,   ///< `rate` requests at one instant, at 0 and again after each period.
  sine,    ///< By chance; from none to `rate` a second in the middle of a period, and back.
  on_off,  ///< By chance; `rate` a second in the first half of each period, then none.
};

struct TraceOptions {
  TraceShape shape = TraceShape::burst;
  double rate = 100;                             ///< Requests a second at the peak; > 0.
  Duration period = std::chrono::seconds{10};    ///< > 0; `steady` has none.
  Duration duration = std::chrono::seconds{30};  ///< No arrival at or after it.
  Duration service = std::chrono::seconds{1};    ///< >= 0; the mean where drawn.
  bool exponential_service = false;              ///< Drawn for each request.
};

/// How many arrivals are to be expected, before they are made.
double expected_arrivals(const TraceOptions& options) noexcept;

/// The arrivals in their order. Arrivals and services are drawn from two streams, so that another
/// distribution of the services leaves the arrivals where they were.
std::vector<Arrival> make_trace(const TraceOptions& options, std::uint64_t seed);

/// The next request's service.
Duration draw_service(const TraceOptions& options, SplitMix& random) noexcept;

/// One of the independent streams of a run; the numbers in use are those of `Stream`.
enum class Stream : std::uint8_t { arrivals, services, workers, balancers, conditions };
std::uint64_t stream_seed(std::uint64_t seed, Stream stream) noexcept;

}  // namespace brood
