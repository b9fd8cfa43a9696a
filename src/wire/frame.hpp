#pragma once
// A channel carries frames in both directions, little endian; docs/protocol.md has the picture.
//
//   offset  0        1          2       3       4               8
//           magic    version    kind    0       length (u32)    payload, `length` bytes
//
// Status frames and commands carry three u64 counts (24 bytes; all zero in commands), so that each
// of them is 32 bytes. A NOTE carries 1 to 512 bytes of text. The bytes may arrive in any pieces.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "wire/status.hpp"

namespace brood {

inline constexpr std::uint8_t frame_magic = 0xb0;
inline constexpr std::uint8_t frame_version = 1;
inline constexpr std::size_t frame_header_size = 8;
inline constexpr std::size_t status_frame_size = frame_header_size + 24;
inline constexpr std::size_t note_size_max = 512;

/// The first four are a worker's states, with their numbers.
enum class FrameKind : std::uint8_t { init = 1, idle = 2, busy = 3, exit = 4, drain = 5, note = 6 };

/// "INIT" ... "NOTE".
const char* to_string(FrameKind kind) noexcept;

struct Frame {
  FrameKind kind = FrameKind::init;
  WorkerCounts counts;    ///< Of status frames and commands.
  std::string_view note;  ///< Of a NOTE: points into the decoder until it is resumed.
};

using StatusFrameBytes = std::array<std::uint8_t, status_frame_size>;

/// A status frame or a command. \pre `kind` is not `note`.
StatusFrameBytes encode_status(FrameKind kind, const WorkerCounts& counts = {}) noexcept;

/// Writes a NOTE into `out` and returns its size. A text beyond 512 bytes is cut; an empty one
/// becomes "?", because a NOTE is never empty.
std::size_t encode_note(std::string_view text,
                        std::span<std::uint8_t, frame_header_size + note_size_max> out) noexcept;

/// Bytes in, frames out; knows no socket, so the Asio shell, a blocking reader and the tests drive
/// this one class. It cannot be made to hold more than one frame.
class FrameDecoder {
 public:
  enum class Step : std::uint8_t { need_bytes, frame, corrupt };  ///< `corrupt` is final.

  /// Takes from the front of `input` until one frame is whole. Call again while it says `frame`.
  Step resume(std::span<const std::uint8_t>& input, Frame& out) noexcept;

  /// True between frames: nothing of the next one has come yet.
  bool at_boundary() const noexcept { return size_ == 0; }

 private:
  bool header_is_sound() const noexcept;
  std::size_t frame_size() const noexcept;

  std::array<std::uint8_t, frame_header_size + note_size_max> bytes_;
  std::size_t size_ = 0;
  bool corrupt_ = false;
};

}  // namespace brood
