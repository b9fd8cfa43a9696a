#include "http/client_session.hpp"

#include <cassert>
#include <utility>

#include "http/characters.hpp"

namespace brood {
namespace {

/// Interim responses to one request; a server that sends more never comes to the point.
constexpr std::size_t interim_max = 32;

std::string_view failure_of(BodyReader::Step step) noexcept {
  switch (step) {
    case BodyReader::Step::too_large: return "the body is too large";
    case BodyReader::Step::trailer_too_large: return "the trailer is too long";
    default: return "the body's chunks are malformed";
  }
}

}  // namespace

ClientSession::ClientSession(const SessionLimits& limits) noexcept
    : limits_(limits), input_(limits.max_header_bytes + body_piece_max) {}

void ClientSession::start() noexcept {
  input_.clear();
  output_.clear();
  failure_ = {};
  state_ = State::at_rest;
  at_end_ = false;
}

bool ClientSession::begin_request(const OutgoingRequest& request) {
  assert(state_ == State::at_rest || may_be_reused());
  if (!may_be_written(request)) return false;
  write_head(request, output_.end());
  body_writer_.start_none();
  if (request.is_chunked) {
    body_writer_.start_chunked();
  } else if (request.content_length) {
    body_writer_.start_length(*request.content_length);
  }
  is_request_whole_ = !body_writer_.is_sent();
  is_head_request_ = request.method == "HEAD";
  wants_close_ = characters::equal_ignoring_case(request.connection, "close");
  has_answer_ = at_interim_ = false;
  interim_count_ = 0;
  input_.unpin();
  head_reader_.start(0);
  state_ = State::reading_head;
  return true;
}

void ClientSession::end_request() {
  is_request_whole_ = body_writer_.end(output_.end());
  if (!is_request_whole_) fail("the request's body is too short");
}

ClientSession::Step ClientSession::next() {
  switch (state_) {
    case State::at_rest:
    case State::reading_head: return read_head();
    case State::reading_body: return read_body();
    case State::done: return Step::done;
    case State::failed: break;
  }
  return Step::failed;
}

ClientSession::Step ClientSession::read_head() {
  assert(state_ == State::reading_head);
  if (std::exchange(at_interim_, false)) head_reader_.start(0);
  for (;;) {
    const std::string_view input = input_.unread();
    Refusal refusal;
    switch (head_reader_.resume(input, limits_)) {
      case HeadReader::Step::need_bytes: return end_of_bytes();
      case HeadReader::Step::refused: refusal = head_reader_.refusal(); break;
      case HeadReader::Step::first_line:
        refusal = parse_status_line(head_reader_.first_line(input), head_.line);
        break;
      case HeadReader::Step::whole:
        refusal = take_head();
        if (refusal) break;
        return state_ == State::reading_body ? Step::head : Step::interim;
        break;
    }
    if (refusal) return fail(refusal.why);
  }
}

Refusal ClientSession::take_head() {
  input_.make_room_behind(head_reader_.size(), body_room);
  const std::string_view input = input_.unread();
  // Again, for the bytes may have been moved since it was judged.
  parse_status_line(head_reader_.first_line(input), head_.line);
  head_.fields = head_reader_.fields(input);
  if (const Refusal refusal = judge_response(head_, is_head_request_, limits_)) return refusal;
  has_answer_ = true;
  input_.consume(head_reader_.size());
  if (!head_.is_interim()) {
    input_.pin();
    start_body();
    return {};
  }
  at_interim_ = true;
  if (++interim_count_ > interim_max) return {502, "too many interim responses"};
  return {};
}

void ClientSession::start_body() noexcept {
  state_ = State::reading_body;
  switch (head_.framing) {
    case Framing::none: return body_reader_.start_length(0);
    case Framing::length: return body_reader_.start_length(head_.content_length);
    case Framing::chunked: return body_reader_.start_chunked(limits_, Blanks::passed_over);
    case Framing::until_close: return body_reader_.start_until_close();
  }
}

ClientSession::Step ClientSession::read_body() {
  std::span<char> input = input_.unread_bytes();
  const std::size_t size_before = input.size();
  const BodyReader::Step step = body_reader_.resume(input, piece_);
  input_.consume(size_before - input.size());
  switch (step) {
    case BodyReader::Step::need_bytes: return end_of_bytes();
    case BodyReader::Step::piece: return Step::body;
    case BodyReader::Step::done: state_ = State::done; return Step::done;
    default: return fail(failure_of(step));
  }
}

/// What to do where only more bytes would help.
ClientSession::Step ClientSession::end_of_bytes() {
  if (!at_end_) return Step::need_bytes;
  if (state_ == State::reading_body && head_.framing == Framing::until_close) {
    state_ = State::done;
    return Step::done;
  }
  return fail(in_response() ? "the response ends too early" : "the connection ends unanswered");
}

ClientSession::Step ClientSession::fail(std::string_view why) noexcept {
  failure_ = why;
  state_ = State::failed;
  return Step::failed;
}

bool ClientSession::may_be_reused() const noexcept {
  return state_ == State::done && is_request_whole_ && output_.unsent().empty() &&
         head_.keeps_alive && head_.line.status != 101 && !wants_close_ && !at_end_ &&
         input_.unread().empty();
}

}  // namespace brood
