#pragma once
// handlers: level 3. What answers requests: values in, values out. No sockets, no knowledge of the
// pool beyond what WorkerInfo tells.

#include <brood/handler.hpp>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

/// Thinks for a while and says who it is: its slot, its pid and how many connections it has had.
class DemoHandler final : public Handler {
 public:
  /// \param think_time how long to think; with `exponential`, the mean of what is drawn each time.
  DemoHandler(Duration think_time, bool exponential)
      : think_time_(think_time), exponential_(exponential) {}

  void on_start(const WorkerInfo& worker) override;
  /// Takes the methods of RFC 9110 and RFC 5789 that are about a resource. Takes a body, as a
  /// handler with a use for it would, so that a client may be seen to send one.
  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;

 private:
  Duration think() noexcept;

  Duration think_time_;
  bool exponential_;
  WorkerInfo worker_;
  SplitMix random_{0};
};

}  // namespace brood
