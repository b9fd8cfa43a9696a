#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/chunk_line.hpp"
#include "http/limits.hpp"

namespace brood {

/// Decodes one body, of a request or a response, whose framing is known (RFC 9112, sections 6.2
/// and 7.1). Trailer fields are checked and dropped (RFC 9110, section 6.5.1).
class BodyReader {
 public:
  enum class Step : std::uint8_t {
    need_bytes,
    piece,      ///< Some of the body, body_piece_max at most.
    done,       ///< What is left of the input belongs to the next message.
    malformed,  ///< The end of the body is lost. Final, as are the next two.
    too_large,
    trailer_too_large,
  };

  /// A body of `size` bytes; 0 is none.
  void start_length(std::uint64_t size) noexcept;
  /// A chunked body: max_body_bytes of data, max_headers lines of trailer, trailer_max bytes.
  void start_chunked(const SessionLimits& limits, Blanks blanks = Blanks::refused) noexcept;
  /// All that comes; who drives this knows when nothing more will.
  void start_until_close() noexcept;

  /// Takes from the front of `input` what it has used; the rest must be at the front next time,
  /// with more behind it. `piece` points into what was used, in which the data of small chunks has
  /// been moved together: a body in chunks of one byte comes in pieces as large as any other's.
  Step resume(std::span<char>& input, std::string_view& piece) noexcept;

 private:
  enum class State : std::uint8_t {
    sized,
    until_close,
    chunk_line,
    chunk_data,
    chunk_end,
    trailer,
    ended
  };

  Step advance(std::string_view& input, std::string_view& piece) noexcept;
  void take_piece(std::string_view& input, std::string_view& piece) noexcept;
  void gather(char* behind_piece, std::string_view& input, std::string_view& piece) noexcept;
  Step take_chunk_line(std::string_view& input) noexcept;
  Step take_chunk_end(std::string_view& input) noexcept;
  Step take_trailer_line(std::string_view& input) noexcept;
  Step end(Step how) noexcept;

  State state_ = State::ended;
  Step ended_ = Step::done;
  Blanks blanks_ = Blanks::refused;
  std::uint64_t open_bytes_ = 0;     // Of the body, or of the chunk.
  std::uint64_t allowed_bytes_ = 0;  // Of further chunks.
  std::size_t trailer_bytes_ = 0;    // Allowed still.
  std::size_t trailer_fields_ = 0;
};

}  // namespace brood
