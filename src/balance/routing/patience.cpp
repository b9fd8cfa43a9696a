#include "balance/routing/patience.hpp"

#include "balance/routing/load.hpp"

namespace brood {
namespace {

constexpr double worth_factor = 2;

}  // namespace

std::optional<TimePoint> wait_for_quicker(std::span<const ServerView> servers, ServerId free,
                                          std::span<const ServerId> full, std::uint32_t waiting,
                                          TimePoint now) {
  const double here = believed(servers[free.slot].latency, servers[free.slot], now);
  double places = 0;
  double rate = 0;  // Of places given back, per nanosecond.
  for (const ServerId id : full) {
    const ServerView& server = servers[id.slot];
    const double latency = believed(server.latency, server, now);
    // One that has not answered for as long as a request takes may be stuck: nobody waits for it.
    if (latency <= 0 || latency >= here || now - server.latency_at > server.latency) continue;
    places += server.in_flight;
    rate += server.in_flight / latency;
  }
  if (rate <= 0) return std::nullopt;
  const double there = waiting / rate + places / rate;  // Until a place is free, then its answer.
  if (here <= worth_factor * there) return std::nullopt;
  return now + Duration{static_cast<std::int64_t>(places / rate)};
}

}  // namespace brood
