#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "balance/routing/strategy.hpp"

namespace brood {

/// Whether a request does better to wait for a place at quicker servers than to take a free one at
/// a slow server now (the slow server problem: Larsen 1981, Lin and Kumar 1984: a slow server is
/// used from a threshold of the queue on). Waiting must be worth it twice over, for latencies are
/// estimates.
/// \param free The server that has a place. \param full Those that have none, in any order.
/// \param waiting How many wait for a place, this one included.
/// \return until when to wait at most if none of them answers; nothing: take the free one.
std::optional<TimePoint> wait_for_quicker(std::span<const ServerView> servers, ServerId free,
                                          std::span<const ServerId> full, std::uint32_t waiting,
                                          TimePoint now);

}  // namespace brood
