#include "wire/frame.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace brood {
namespace {

void put_u32(std::uint8_t* at, std::uint32_t value) noexcept {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

void put_u64(std::uint8_t* at, std::uint64_t value) noexcept {
  for (int i = 0; i < 8; ++i) at[i] = static_cast<std::uint8_t>(value >> (8 * i));
}

std::uint32_t get_u32(const std::uint8_t* at) noexcept {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | at[i];
  return value;
}

std::uint64_t get_u64(const std::uint8_t* at) noexcept {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | at[i];
  return value;
}

void put_header(std::uint8_t* at, FrameKind kind, std::uint32_t length) noexcept {
  at[0] = frame_magic;
  at[1] = frame_version;
  at[2] = static_cast<std::uint8_t>(kind);
  at[3] = 0;
  put_u32(at + 4, length);
}

}  // namespace

const char* to_string(FrameKind kind) noexcept {
  if (kind == FrameKind::drain) return "DRAIN";
  if (kind == FrameKind::note) return "NOTE";
  return to_string(static_cast<WorkerState>(kind));
}

StatusFrameBytes encode_status(FrameKind kind, const WorkerCounts& counts) noexcept {
  assert(kind != FrameKind::note);
  StatusFrameBytes bytes;
  put_header(bytes.data(), kind, status_frame_size - frame_header_size);
  put_u64(bytes.data() + 8, counts.connections);
  put_u64(bytes.data() + 16, counts.entries);
  put_u64(bytes.data() + 24, counts.errors);
  return bytes;
}

std::size_t encode_note(std::string_view text,
                        std::span<std::uint8_t, frame_header_size + note_size_max> out) noexcept {
  const std::string_view note = text.empty() ? "?" : text.substr(0, note_size_max);
  put_header(out.data(), FrameKind::note, static_cast<std::uint32_t>(note.size()));
  std::memcpy(out.data() + frame_header_size, note.data(), note.size());
  return frame_header_size + note.size();
}

bool FrameDecoder::header_is_sound() const noexcept {
  if (bytes_[0] != frame_magic || bytes_[1] != frame_version || bytes_[3] != 0) return false;
  if (bytes_[2] < 1 || bytes_[2] > static_cast<std::uint8_t>(FrameKind::note)) return false;
  const std::uint32_t length = get_u32(&bytes_[4]);
  if (bytes_[2] == static_cast<std::uint8_t>(FrameKind::note))
    return length >= 1 && length <= note_size_max;
  return length == status_frame_size - frame_header_size;
}

std::size_t FrameDecoder::frame_size() const noexcept {
  return size_ < frame_header_size ? frame_header_size : frame_header_size + get_u32(&bytes_[4]);
}

FrameDecoder::Step FrameDecoder::resume(std::span<const std::uint8_t>& input, Frame& out) noexcept {
  for (;;) {
    if (corrupt_) return Step::corrupt;
    const std::size_t taken = std::min(frame_size() - size_, input.size());
    std::memcpy(&bytes_[size_], input.data(), taken);
    input = input.subspan(taken);
    size_ += taken;
    if (size_ < frame_header_size) return Step::need_bytes;
    corrupt_ = !header_is_sound();  // Before its length is believed.
    if (!corrupt_ && size_ == frame_size()) break;
    if (!corrupt_ && input.empty()) return Step::need_bytes;
  }
  size_ = 0;
  out = {.kind = static_cast<FrameKind>(bytes_[2]), .counts = {}, .note = {}};
  if (out.kind == FrameKind::note)
    out.note = {reinterpret_cast<const char*>(&bytes_[8]), get_u32(&bytes_[4])};
  else
    out.counts = {get_u64(&bytes_[8]), get_u64(&bytes_[16]), get_u64(&bytes_[24])};
  return Step::frame;
}

}  // namespace brood
