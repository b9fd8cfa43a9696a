#include "wire/frame.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, FrameDecoder::Step step) {
  constexpr const char* names[] = {"need_bytes", "frame", "corrupt"};
  return out << names[static_cast<int>(step)];
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(frame)

namespace {

using namespace brood;
using Bytes = std::vector<std::uint8_t>;
using Step = FrameDecoder::Step;

constexpr FrameKind status_kinds[] = {FrameKind::init, FrameKind::idle, FrameKind::busy,
                                      FrameKind::exit, FrameKind::drain};
constexpr WorkerCounts odd_counts{0x0102030405060708, 0xfffefdfcfbfaf9f8, 1};

/// A frame that owns its note.
struct Kept {
  FrameKind kind;
  WorkerCounts counts;
  std::string note;

  friend bool operator==(const Kept&, const Kept&) = default;
};

Bytes status(FrameKind kind, const WorkerCounts& counts = {}) {
  const StatusFrameBytes bytes = encode_status(kind, counts);
  return {bytes.begin(), bytes.end()};
}

Bytes note(std::string_view text) {
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(encode_note(text, bytes))};
}

Bytes header(std::uint8_t kind, std::uint32_t length) {
  Bytes bytes{frame_magic, frame_version, kind, 0};
  for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(length >> (8 * i)));
  return bytes;
}

/// Feeds one piece, from memory of exactly its size so that an over-read is one of the heap.
/// \return the last step: need_bytes or corrupt.
Step feed(FrameDecoder& decoder, std::span<const std::uint8_t> piece, std::vector<Kept>& frames) {
  const auto copy = std::make_unique<std::uint8_t[]>(piece.size());
  std::copy(piece.begin(), piece.end(), copy.get());
  std::span<const std::uint8_t> input(copy.get(), piece.size());
  for (;;) {
    Frame frame;
    const Step step = decoder.resume(input, frame);
    if (step != Step::frame) return step;
    frames.push_back({frame.kind, frame.counts, std::string(frame.note)});
  }
}

struct Stream {
  Bytes bytes;
  std::vector<Kept> frames;
};

/// Every kind, and notes of the least and the greatest size.
Stream every_kind() {
  Stream stream;
  const auto append = [&stream](const Bytes& bytes, const Kept& frame) {
    stream.bytes.insert(stream.bytes.end(), bytes.begin(), bytes.end());
    stream.frames.push_back(frame);
  };
  for (const FrameKind kind : status_kinds)
    append(status(kind, odd_counts), {kind, odd_counts, {}});
  for (const std::size_t size : {1UL, 7UL, note_size_max}) {
    const std::string text(size, static_cast<char>('a' + size % 26));
    append(note(text), {FrameKind::note, {}, text});
  }
  append(status(FrameKind::idle), {FrameKind::idle, {}, {}});
  return stream;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_frame_has_the_layout_of_the_protocol) {
  const Bytes want{0xb0, 1,    3,    0,    24,   0,    0,    0,     // header, BUSY
                   0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x01,  // connections
                   0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,  // entries
                   1,    0,    0,    0,    0,    0,    0,    0};    // errors
  BOOST_TEST(status(FrameKind::busy, odd_counts) == want, boost::test_tools::per_element());
  const Bytes want_note{0xb0, 1, 6, 0, 2, 0, 0, 0, 'h', 'i'};
  BOOST_TEST(note("hi") == want_note, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_kind_has_its_name) {
  const char* const names[] = {"INIT", "IDLE", "BUSY", "EXIT", "DRAIN", "NOTE"};
  for (std::uint8_t kind = 1; kind <= 6; ++kind)
    BOOST_TEST(to_string(static_cast<FrameKind>(kind)) == std::string(names[kind - 1]));
}

BOOST_AUTO_TEST_CASE(every_kind_comes_back_as_it_was_sent) {
  const Stream stream = every_kind();
  FrameDecoder decoder;
  std::vector<Kept> frames;
  BOOST_TEST(feed(decoder, stream.bytes, frames) == Step::need_bytes);
  BOOST_TEST((frames == stream.frames));
  BOOST_TEST(decoder.at_boundary());
}

BOOST_AUTO_TEST_CASE(a_stream_cut_at_any_byte_gives_the_same_frames) {
  const Stream stream = every_kind();
  const std::span<const std::uint8_t> bytes(stream.bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    FrameDecoder decoder;
    std::vector<Kept> frames;
    BOOST_TEST_INFO_SCOPE("cut at " << cut);
    BOOST_TEST(feed(decoder, bytes.first(cut), frames) == Step::need_bytes);
    BOOST_TEST(feed(decoder, bytes.subspan(cut), frames) == Step::need_bytes);
    BOOST_TEST((frames == stream.frames));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_in_pieces_of_any_size_gives_the_same_frames) {
  const Stream stream = every_kind();
  const std::span<const std::uint8_t> bytes(stream.bytes);
  for (std::size_t piece = 1; piece <= 70; ++piece) {
    FrameDecoder decoder;
    std::vector<Kept> frames;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      feed(decoder, bytes.subspan(at, std::min(piece, bytes.size() - at)), frames);
    BOOST_TEST((frames == stream.frames), "pieces of " << piece);
  }
}

BOOST_AUTO_TEST_CASE(it_is_at_a_boundary_only_between_frames) {
  for (const Bytes& bytes : {status(FrameKind::init), note("x"), note("a longer note")}) {
    FrameDecoder decoder;
    std::vector<Kept> frames;
    BOOST_TEST(decoder.at_boundary());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      feed(decoder, {&bytes[at], 1}, frames);
      BOOST_TEST(decoder.at_boundary() == (at + 1 == bytes.size()));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_unsound_header_is_corrupt_before_its_length_is_believed) {
  struct Row {
    const char* name;
    Bytes header;
  };
  std::vector<Row> rows;
  const auto add = [&rows](const char* name, Bytes sound, std::size_t at, std::uint8_t byte) {
    if (sound[at] == byte) return;
    sound[at] = byte;
    rows.push_back({name, std::move(sound)});
  };
  for (int value = 0; value < 256; ++value) {
    const auto byte = static_cast<std::uint8_t>(value);
    add("magic", status(FrameKind::idle), 0, byte);
    add("version", note("x"), 1, byte);
    if (byte < 1 || byte > 6) add("kind", status(FrameKind::busy), 2, byte);
    add("reserved", status(FrameKind::exit), 3, byte);
  }
  for (const FrameKind kind : status_kinds)
    for (const std::uint32_t length : {0U, 1U, 23U, 25U, 24U << 8, 24U << 24, ~0U})
      rows.push_back({"status length", header(static_cast<std::uint8_t>(kind), length)});
  for (const std::uint32_t length : {0U, 513U, 1U << 16, 1U << 31, ~0U, ~0U - 7})
    rows.push_back({"note length", header(6, length)});
  for (Row& row : rows) {
    row.header.resize(frame_header_size);
    FrameDecoder decoder;
    std::vector<Kept> frames;
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(feed(decoder, row.header, frames) == Step::corrupt);
    BOOST_TEST(frames.empty());
  }
}

BOOST_AUTO_TEST_CASE(frames_before_a_corrupt_one_still_count_and_nothing_after_it_does) {
  Bytes bytes = status(FrameKind::init);
  const Bytes wrong = header(0, 24);
  const Bytes after = status(FrameKind::idle);
  bytes.insert(bytes.end(), wrong.begin(), wrong.end());
  bytes.insert(bytes.end(), after.begin(), after.end());
  FrameDecoder decoder;
  std::vector<Kept> frames;
  BOOST_TEST(feed(decoder, bytes, frames) == Step::corrupt);
  BOOST_TEST(feed(decoder, after, frames) == Step::corrupt);
  BOOST_TEST(feed(decoder, {}, frames) == Step::corrupt);
  BOOST_REQUIRE(frames.size() == 1U);
  BOOST_TEST((frames[0].kind == FrameKind::init));
}

BOOST_AUTO_TEST_CASE(a_note_is_cut_at_512_bytes_and_never_empty) {
  for (const std::size_t size : {0UL, 1UL, 511UL, 512UL, 513UL, 100'000UL}) {
    const std::string text(size, 'n');
    const Bytes bytes = note(text);
    FrameDecoder decoder;
    std::vector<Kept> frames;
    BOOST_TEST(feed(decoder, bytes, frames) == Step::need_bytes);
    BOOST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].note == (size == 0 ? "?" : text.substr(0, 512)));
  }
}

BOOST_AUTO_TEST_CASE(a_note_may_hold_any_bytes) {
  std::string text;
  for (int value = 0; value < 256; ++value) text += static_cast<char>(value);
  FrameDecoder decoder;
  std::vector<Kept> frames;
  feed(decoder, note(text), frames);
  BOOST_REQUIRE(frames.size() == 1U);
  BOOST_TEST(frames[0].note == text);
}

BOOST_AUTO_TEST_CASE(garbage_is_refused_or_decoded_and_never_read_beyond) {
  // Most streams begin well and go wrong at one byte; so deeper states are met as well.
  const Stream sound = every_kind();
  SplitMix random{20'240'601};
  int corrupt_count = 0;
  for (int round = 0; round < 3000; ++round) {
    Bytes bytes(random.below(700));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.below(256));
    if (round % 4 != 0) {
      bytes = sound.bytes;
      bytes[random.below(static_cast<std::uint32_t>(bytes.size()))] ^=
          static_cast<std::uint8_t>(1U << random.below(8));
    }
    FrameDecoder decoder;
    std::vector<Kept> frames;
    Step step = Step::need_bytes;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t size = std::min<std::size_t>(1 + random.below(90), bytes.size() - at);
      const Step next = feed(decoder, {&bytes[at], size}, frames);
      BOOST_TEST((step != Step::corrupt || next == Step::corrupt));
      step = next;
      at += size;
    }
    corrupt_count += step == Step::corrupt ? 1 : 0;
    for (const Kept& frame : frames) {
      BOOST_TEST((frame.kind >= FrameKind::init && frame.kind <= FrameKind::note));
      BOOST_TEST((frame.kind == FrameKind::note) == !frame.note.empty());
      BOOST_TEST(frame.note.size() <= note_size_max);
    }
  }
  BOOST_TEST(corrupt_count > 750);
}

BOOST_AUTO_TEST_SUITE_END()
