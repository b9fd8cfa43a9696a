#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "http/request_head.hpp"
#include "report/event.hpp"

namespace brood {

/// One request as a line of an access log tells of it. All views are the caller's.
struct AccessEntry {
  const RequestHead* head = nullptr;  ///< Null: it was refused before its head was whole.
  std::string_view line{};            ///< Its first line as sent; empty: not even that came.
  std::string_view client{};          ///< Address, or the path of its socket; empty: it has none.
  int status = 0;                     ///< 499: the client has left before it was answered.
  std::uint64_t body_bytes = 0;       ///< Of the answer, without chunks' lines.
  Duration duration{0};               ///< From its head until the answer has ended.
  Duration queued{-1};  ///< From its first bytes until it was accepted; -1: on a kept connection.
  WallTime at{};        ///< When its head was whole.
  std::string_view clock{};  ///< The same as "01/Dec/2026:10:24:55 +0100".
  char ended = '+';  ///< '+': the connection may be kept; '-': it closes; 'X': the answer was cut.
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  int pid = 0;
};

/// How a request becomes a line: what `--access-log-format` says, read once.
///
/// The directives are those of Apache's mod_log_config with the same meaning: %% %a %h %l %u %t %r
/// %s %>s %b %B %D %T %{ms}T %{us}T %m %U %q %H %v %P %X %{NAME}i; and of our own %{slot}P,
/// %{generation}P and %{queue}D, the microseconds for which the connection waited to be accepted.
class AccessFormat {
 public:
  /// Of "common", "combined", "json", or directives with any text between.
  /// \return or what is wrong with it, in words.
  static std::variant<AccessFormat, std::string> parse(std::string_view text);

  /// Whether it says how long a connection has waited: the kernel is asked only then.
  bool tells_queue() const noexcept;

  /// Appends a line and its end, of `line_max` bytes at most: that much goes into a pipe in one
  /// piece. What a client sent is escaped as Apache does, `\"`, `\\` and `\xhh`, and cut where it
  /// is too long; what is missing is "-".
  void write(const AccessEntry& entry, std::string& out) const;

  static constexpr std::size_t line_max = 4096;

 private:
  enum class Kind : std::uint8_t {
    text,
    client,
    nothing,  ///< %l, %u: nobody knows.
    clock,
    request_line,
    status,
    bytes,         ///< %B
    bytes_or_gap,  ///< %b
    microseconds,
    milliseconds,
    seconds,
    queued,
    method,
    path,
    query,
    protocol,
    host,
    pid,
    slot,
    generation,
    ended,
    field,
  };
  struct Piece {
    Kind kind = Kind::text;
    std::string text;  ///< As it stands, or a field's name.
  };
  struct Directive;

  static void write(const Piece& piece, const AccessEntry& entry, std::string& out);
  static void write_json(const AccessEntry& entry, std::string& out);

  std::vector<Piece> pieces_;  ///< None: JSON.
};

}  // namespace brood
