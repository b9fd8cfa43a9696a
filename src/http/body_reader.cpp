#include "http/body_reader.hpp"

#include <algorithm>
#include <cstring>

#include "http/field_line.hpp"

namespace brood {
namespace {

constexpr std::string_view line_end = "\r\n";
/// Larger chunks are worth a piece of their own, for that one need not be moved.
constexpr std::uint64_t gathered_max = 4096;

}  // namespace

void BodyReader::start_length(std::uint64_t size) noexcept {
  *this = {};
  if (size == 0) return;
  state_ = State::sized;
  open_bytes_ = size;
}

void BodyReader::start_chunked(const SessionLimits& limits, Blanks blanks) noexcept {
  *this = {};
  blanks_ = blanks;
  state_ = State::chunk_line;
  allowed_bytes_ = limits.max_body_bytes;
  trailer_bytes_ = std::min(limits.max_header_bytes, trailer_max);
  trailer_fields_ = limits.max_headers;
}

void BodyReader::start_until_close() noexcept {
  *this = {};
  state_ = State::until_close;
}

BodyReader::Step BodyReader::resume(std::span<char>& input, std::string_view& piece) noexcept {
  std::string_view rest{input.data(), input.size()};
  const Step step = advance(rest, piece);
  if (step == Step::piece && state_ == State::chunk_end)
    gather(input.data() + (input.size() - rest.size()), rest, piece);
  input = input.last(rest.size());
  return step;
}

BodyReader::Step BodyReader::advance(std::string_view& input, std::string_view& piece) noexcept {
  for (Step step = Step::piece;;) {
    switch (state_) {
      case State::ended: return ended_;
      case State::sized:
      case State::until_close:
      case State::chunk_data:
        if (input.empty()) return Step::need_bytes;
        take_piece(input, piece);
        return Step::piece;
      case State::chunk_line: step = take_chunk_line(input); break;
      case State::chunk_end: step = take_chunk_end(input); break;
      case State::trailer: step = take_trailer_line(input); break;
    }
    if (step == Step::need_bytes) return step;
  }
}

void BodyReader::take_piece(std::string_view& input, std::string_view& piece) noexcept {
  const bool has_end = state_ != State::until_close;
  const std::uint64_t open = has_end ? open_bytes_ : body_piece_max;
  piece = input.substr(0, std::min<std::uint64_t>(open, body_piece_max));
  input.remove_prefix(piece.size());
  if (!has_end) return;
  open_bytes_ -= piece.size();
  if (open_bytes_ > 0) return;
  state_ = state_ == State::sized ? State::ended : State::chunk_end;
}

/// Takes small chunks that are here whole as well; what is not left to take_chunk_end() and
/// take_chunk_line(). \param behind_piece the first byte of `input`.
void BodyReader::gather(char* behind_piece, std::string_view& input,
                        std::string_view& piece) noexcept {
  char* end = behind_piece;
  std::size_t size = piece.size();
  while (input.starts_with(line_end)) {
    const ChunkLine line = read_chunk_line(input.substr(line_end.size()));
    const std::size_t begin = line_end.size() + line.line_size;
    if (line.state != ChunkLine::State::whole || line.chunk_size == 0) break;
    if (line.chunk_size > std::min(gathered_max, allowed_bytes_)) break;
    const auto chunk_size = static_cast<std::size_t>(line.chunk_size);
    if (input.size() - begin < chunk_size || size + chunk_size > body_piece_max) break;
    std::memmove(end, input.data() + begin, chunk_size);
    end += chunk_size;
    size += chunk_size;
    allowed_bytes_ -= chunk_size;
    input.remove_prefix(begin + chunk_size);
  }
  piece = {piece.data(), size};
}

BodyReader::Step BodyReader::take_chunk_line(std::string_view& input) noexcept {
  const ChunkLine line = read_chunk_line(input, blanks_);
  if (line.state == ChunkLine::State::need_bytes) return Step::need_bytes;
  if (line.state == ChunkLine::State::malformed) return end(Step::malformed);
  if (line.chunk_size > allowed_bytes_) return end(Step::too_large);
  input.remove_prefix(line.line_size);
  allowed_bytes_ -= line.chunk_size;
  open_bytes_ = line.chunk_size;
  state_ = line.chunk_size > 0 ? State::chunk_data : State::trailer;
  return Step::piece;
}

BodyReader::Step BodyReader::take_chunk_end(std::string_view& input) noexcept {
  if (!line_end.starts_with(input.substr(0, line_end.size()))) return end(Step::malformed);
  if (input.size() < line_end.size()) return Step::need_bytes;
  input.remove_prefix(line_end.size());
  state_ = State::chunk_line;
  return Step::piece;
}

BodyReader::Step BodyReader::take_trailer_line(std::string_view& input) noexcept {
  FieldLine line;
  switch (read_field_line(input.substr(0, trailer_bytes_), line)) {
    case FieldLine::State::need_bytes:
      return input.size() < trailer_bytes_ ? Step::need_bytes : end(Step::trailer_too_large);
    case FieldLine::State::malformed: return end(Step::malformed);
    case FieldLine::State::last: input.remove_prefix(line.size); return end(Step::done);
    case FieldLine::State::field: break;
  }
  input.remove_prefix(line.size);
  trailer_bytes_ -= line.size;
  return trailer_fields_-- == 0 ? end(Step::trailer_too_large) : Step::piece;
}

BodyReader::Step BodyReader::end(Step how) noexcept {
  state_ = State::ended;
  ended_ = how;
  return how;
}

}  // namespace brood
