#include "http/head_reader.hpp"

#include <algorithm>

#include "http/characters.hpp"
#include "http/field_line.hpp"

namespace brood {

void HeadReader::start(std::size_t empty_lines) noexcept {
  begin_ = fields_begin_ = line_begin_ = 0;
  empty_lines_left_ = empty_lines;
  fields_.clear();
  refusal_ = {};
}

HeadReader::Step HeadReader::resume(std::string_view input, const SessionLimits& limits) {
  if (refusal_) return Step::refused;
  return fields_begin_ == 0 ? read_first_line(input, limits) : read_fields(input, limits);
}

HeadReader::Step HeadReader::refuse(int status, std::string_view why) noexcept {
  refusal_ = {status, why};
  return Step::refused;
}

HeadReader::Step HeadReader::read_first_line(std::string_view input,
                                             const SessionLimits& limits) noexcept {
  const std::size_t most = limits.max_header_bytes + 2;
  for (;;) {
    const std::string_view line = input.substr(begin_, most);
    if (line.empty()) return Step::need_bytes;
    if (line[0] == '\r') {
      if (line.size() == 1) return Step::need_bytes;
      if (line[1] != '\n') return refuse(400, "no message begins like this");
      if (empty_lines_left_-- == 0) return refuse(400, "too many empty lines");
      begin_ += 2;
      continue;
    }
    // A stranger to HTTP (a TLS handshake, say) is told at its first byte, not when time is out.
    if (!characters::is(line[0], characters::token))
      return refuse(400, "no message begins like this");
    const auto feed = line.find('\n');
    if (feed == line.npos)
      return line.size() < most ? Step::need_bytes : refuse(414, "the first line is too long");
    if (line[feed - 1] != '\r') return refuse(400, "a line ends without a carriage return");
    fields_begin_ = line_begin_ = begin_ + feed + 1;
    return Step::first_line;
  }
}

HeadReader::Step HeadReader::read_fields(std::string_view input, const SessionLimits& limits) {
  follow(input);
  // What is beyond the limit is not looked at, so that a fault in it cannot come first.
  const std::string_view head = input.substr(0, begin_ + limits.max_header_bytes);
  for (FieldLine line;;) {
    switch (read_field_line(head.substr(std::min(line_begin_, head.size())), line)) {
      case FieldLine::State::need_bytes:
        if (head.size() < begin_ + limits.max_header_bytes) return Step::need_bytes;
        return refuse(431, "the head is too long");
      case FieldLine::State::malformed: return refuse(400, line.why);
      case FieldLine::State::last: line_begin_ += line.size; return Step::whole;
      case FieldLine::State::field: break;
    }
    if (fields_.size() == limits.max_headers) return refuse(431, "too many fields");
    fields_.push_back(line.field);
    line_begin_ += line.size;
  }
}

/// The input may be moved while more of it arrives.
void HeadReader::follow(std::string_view input) noexcept {
  if (input.data() == front_) return;
  for (FieldView& field : fields_) {
    const auto moved = [&](std::string_view text) {
      return input.substr(static_cast<std::size_t>(text.data() - front_), text.size());
    };
    field = {moved(field.name), moved(field.value)};
  }
  front_ = input.data();
}

std::span<const FieldView> HeadReader::fields(std::string_view input) noexcept {
  follow(input);
  return fields_;
}

}  // namespace brood
