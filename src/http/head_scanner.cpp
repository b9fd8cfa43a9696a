#include "http/head_scanner.hpp"

#include <algorithm>

#include "http/characters.hpp"

namespace brood {

HeadScanner::Step HeadScanner::resume(std::string_view input,
                                      const SessionLimits& limits) noexcept {
  for (;;) {
    if (in_start_line() && check_beginning(input) == Step::refused) return Step::refused;
    const auto feed = input.find('\n', searched_);
    const bool is_whole = feed != input.npos;
    const std::size_t end = is_whole ? feed + 1 : input.size();
    if (is_beyond_limit(end, is_whole, limits)) return Step::refused;
    searched_ = end;
    if (!is_whole) return Step::need_bytes;
    if (feed == line_begin_ || input[feed - 1] != '\r')
      return refuse(400, "a line ends without a carriage return");
    const std::string_view line = input.substr(line_begin_, feed - 1 - line_begin_);
    line_begin_ = end;
    const Step step = take_line(line, limits);
    if (step != Step::need_bytes) return step;
  }
}

HeadScanner::Step HeadScanner::refuse(int status, std::string_view why) noexcept {
  refusal_ = {status, why};
  return Step::refused;
}

bool HeadScanner::is_beyond_limit(std::size_t size, bool is_line_whole,
                                  const SessionLimits& limits) noexcept {
  const std::size_t open = is_line_whole ? 0 : 1;  // The line feed that is still to come.
  if (in_start_line()) {
    const std::size_t most = std::min(request_line_max, limits.max_header_bytes) + 2;
    if (size - begin_ + open <= most) return false;
    refuse(414, "the request line is too long");
  } else {
    if (size - begin_ + open <= limits.max_header_bytes) return false;
    refuse(431, "the head is too long");
  }
  return true;
}

/// A stranger to HTTP (a TLS handshake, say) is told at its first byte, not when time is out.
HeadScanner::Step HeadScanner::check_beginning(std::string_view input) noexcept {
  const std::string_view line = input.substr(begin_);
  if (line.empty() || characters::is(line[0], characters::token)) return Step::need_bytes;
  if (line[0] == '\r' && (line.size() == 1 || line[1] == '\n')) return Step::need_bytes;
  return refuse(400, "no message begins like this");
}

HeadScanner::Step HeadScanner::take_line(std::string_view line,
                                         const SessionLimits& limits) noexcept {
  if (in_start_line()) {
    if (!line.empty()) {
      fields_begin_ = line_begin_;
      return Step::start_line;
    }
    begin_ = line_begin_;
    if (++empty_line_count_ > empty_lines_max) return refuse(400, "too many empty lines");
    return Step::need_bytes;
  }
  if (line.empty()) return Step::whole;
  if (line[0] == ' ' || line[0] == '\t') return refuse(400, "a field line is folded");
  if (++field_count_ > limits.max_headers) return refuse(431, "too many fields");
  return Step::need_bytes;
}

}  // namespace brood
