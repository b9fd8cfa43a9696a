#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace brood {

/// The line before a chunk's data: its size and extensions (RFC 9112, section 7.1).
struct ChunkLine {
  enum class State : std::uint8_t { need_bytes, whole, malformed };

  State state = State::need_bytes;
  std::uint64_t chunk_size = 0;  ///< 0 is the last chunk.
  std::size_t line_size = 0;     ///< Line end included.
};

/// What is made of blanks behind a chunk's size that no extension follows. The grammar has none.
enum class Blanks : std::uint8_t { refused, passed_over };

/// Reads from the front of `input`; with too few bytes it is asked again from the same front.
/// Malformed: no hexadecimal digit or more than 16, extensions out of their grammar, a bare CR or
/// LF, a line longer than chunk_line_max.
ChunkLine read_chunk_line(std::string_view input, Blanks blanks = Blanks::refused) noexcept;

}  // namespace brood
