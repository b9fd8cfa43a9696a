#include "wire/frame.hpp"

#include <string>

#include "fuzz/entries.hpp"

namespace {

using namespace brood;
using Step = FrameDecoder::Step;

struct Decoded {
  std::string frames;  // Encoded again.
  bool is_corrupt = false;

  bool operator==(const Decoded&) const = default;
};

void append_encoded(const Frame& frame, std::string& frames) {
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  std::size_t size = status_frame_size;
  if (frame.kind == FrameKind::note) {
    size = encode_note(frame.note, bytes);
  } else {
    const StatusFrameBytes status = encode_status(frame.kind, frame.counts);
    std::copy(status.begin(), status.end(), bytes.begin());
  }
  frames += fuzz::text_of(bytes.data(), size);
}

Decoded decode(const std::vector<std::string_view>& pieces) {
  FrameDecoder decoder;
  Decoded decoded;
  for (const std::string_view piece : pieces) {
    std::span input{reinterpret_cast<const std::uint8_t*>(piece.data()), piece.size()};
    Frame frame;
    Step step = Step::frame;
    while ((step = decoder.resume(input, frame)) == Step::frame)
      append_encoded(frame, decoded.frames);
    if (step == Step::corrupt) decoded.is_corrupt = true;
  }
  return decoded;
}

}  // namespace

int fuzz_frame(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto ways = fuzz::ways_to_cut(bytes);
  const Decoded whole = decode(ways[0]);
  fuzz::require(bytes.starts_with(whole.frames), "a frame is not what was sent");
  for (const auto& pieces : ways)
    fuzz::require(decode(pieces) == whole, "frames depend on the cuts");
  return 0;
}
