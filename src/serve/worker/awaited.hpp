#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.hpp"

namespace brood {

/// What a conversation waits for. When it has come, tell its socket and advance() it; when the
/// deadline comes first, timed_out(). To advance it for no reason does no harm.
struct Awaited {
  enum class What : std::uint8_t {
    request,  ///< The first byte of the next request, or of the first.
    head,     ///< More of a request's head.
    body,     ///< More of a request's body.
    taking,   ///< The client to take more of an answer: its socket must become writable.
    source,   ///< More of a response, readable at source(); or the client's loss.
    moment,   ///< Only the deadline.
    turn,     ///< Nothing: it has had its share, and others may have theirs before it goes on.
    closing,  ///< The client's last bytes, so that it can read ours.
    nothing,  ///< It is over: close the socket.
  };
  What what = What::nothing;
  TimePoint deadline = never;
  TimePoint since{};  ///< When the client began to make us wait, for head, body and taking.
};

/// Nothing: it goes on.
using Pause = std::optional<Awaited>;

}  // namespace brood
