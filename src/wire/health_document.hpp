#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace brood {

/// The two numbers that every health document begins with. Requests answered since start, those of
/// ended workers included; and of those, the ones answered with a status of 400 or above. Probes
/// count in neither.
struct HealthTotals {
  std::uint64_t errors = 0;
  std::uint64_t entries = 0;

  friend bool operator==(const HealthTotals&, const HealthTotals&) = default;
};

/// How loaded a server is: what a balancer wants to know besides. A place is what one connection
/// takes: with one connection a worker, busy and idle are its BUSY and IDLE workers.
///
/// In-flight and latency are the two signals of Prequal (Wydrowski and others, "Load is not what
/// you should balance", NSDI 2024).
struct LoadReport {
  /// When this instance began, in milliseconds since 1970. Another one means that the server was
  /// started anew and that its counts began at 0: it is not idle since the last probe.
  std::uint64_t epoch_ms = 0;
  std::uint32_t busy = 0;       ///< Places taken: connections that are open.
  std::uint32_t idle = 0;       ///< Free places of the workers that live.
  std::uint32_t max = 0;        ///< Places that there can be: all workers that may ever live.
  std::uint32_t queue = 0;      ///< Connections that wait to be accepted.
  std::uint32_t in_flight = 0;  ///< Requests whose head has been read and that are not answered.
  /// The median of recent requests, from the head read to the answer written, think-time
  /// included, in microseconds. 0: none was answered lately.
  std::uint32_t latency_us = 0;
  bool is_draining = false;  ///< It finishes what it has and takes no new connections.

  friend bool operator==(const LoadReport&, const LoadReport&) = default;
};

/// What `GET /healthcheck` is answered with:
///
///     3                      errors
///     41                     entries
///     epoch=1764000000000    then the load, one key a line, in any order: epoch, busy, idle, max,
///     busy=2                 queue, inflight, latency_us, state
///     ...
///     state=ready            or draining
///
/// The first two lines are all that there was once, and all that some servers have and some
/// readers read.
struct HealthDocument {
  HealthTotals totals;
  std::optional<LoadReport> load;  ///< None if no line tells of it; what is left out is 0.

  friend bool operator==(const HealthDocument&, const HealthDocument&) = default;
};

/// Longer than any document that format_health() gives, whatever its numbers.
inline constexpr std::size_t health_document_size_max = 200;
/// No reader need take more than this; with keys that are not known yet, a document may grow.
inline constexpr std::size_t health_document_read_max = 4096;

/// The document, decimal, each line with its end.
std::string format_health(const HealthDocument& document);

/// Why something is no health document.
enum class HealthFault : std::uint8_t {
  too_long,      ///< More than `health_document_read_max` bytes.
  no_totals,     ///< It does not begin with two lines of 1 to 20 digits.
  out_of_range,  ///< A number is more than its place can hold (64 bits, or 32).
  no_key,        ///< A further line is not `key=value`: a key is of a-z, 0-9 and _, a value is of
                 ///< visible ASCII, and neither is empty.
  bad_value,     ///< The value of a known key is no number, or no state.
  repeated_key,  ///< A known key comes twice.
};

/// "it does not begin with two numbers", ...
const char* to_string(HealthFault fault) noexcept;

/// Reads a document as strictly as one reads a stranger's packet: `^\d{1,20}\n\d{1,20}\n?$`, or
/// the same with lines of `key=value` behind it. Keys that are not known are passed over. The last
/// line end may be missing.
std::variant<HealthDocument, HealthFault> parse_health_document(std::string_view text);

}  // namespace brood
