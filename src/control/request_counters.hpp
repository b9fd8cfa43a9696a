#pragma once
// control: level 3. What a running brood shows of itself: status as values, gathered by whoever has
// it, and what becomes of them on the way out. No socket, no clock, nothing of either wing: a
// formatter of a log, of JSON or of metrics needs no more than a value.

#include <array>
#include <cstddef>
#include <cstdint>

namespace brood {

/// What a forwarding thread has counted since its start. Each thread has its own, written by nobody
/// else and read when it is asked; those of all threads are a sum.
struct RequestCounters {
  static constexpr std::size_t class_count = 5;

  std::uint64_t requests = 0;  ///< That have ended, in whatever way; in mode tcp: connections.
  /// Of these, by the first digit of the status that the client got: 1xx (a tunnel's 101) to 5xx.
  std::array<std::uint64_t, class_count> by_class{};
  std::uint64_t unanswered = 0;  ///< Of these, who got no status at all.
  std::uint64_t retries = 0;     ///< Tries at servers beyond the first of each request.
  std::uint64_t connected = 0;   ///< Connections to servers that were opened.
  std::uint64_t reused = 0;      ///< Times that a kept one served instead.
  std::uint64_t bytes_in = 0;    ///< From clients, heads included.
  std::uint64_t bytes_out = 0;   ///< To clients, heads included.

  /// \param status 0: none was sent.
  constexpr void count(int status) noexcept {
    ++requests;
    const auto of_class = static_cast<std::size_t>(status / 100 - 1);
    ++(of_class < class_count ? by_class[of_class] : unanswered);
  }

  constexpr RequestCounters& operator+=(const RequestCounters& other) noexcept {
    requests += other.requests;
    for (std::size_t at = 0; at < class_count; ++at) by_class[at] += other.by_class[at];
    unanswered += other.unanswered;
    retries += other.retries;
    connected += other.connected;
    reused += other.reused;
    bytes_in += other.bytes_in;
    bytes_out += other.bytes_out;
    return *this;
  }
  friend bool operator==(const RequestCounters&, const RequestCounters&) = default;
};

}  // namespace brood
