#include "http/server_session.hpp"

#include <cassert>

#include "http/status.hpp"

namespace brood {
namespace {

Refusal refusal_of(BodyReader::Step step) noexcept {
  switch (step) {
    case BodyReader::Step::too_large: return {413, "the body is too large"};
    case BodyReader::Step::trailer_too_large: return {431, "the trailer is too long"};
    default: return {400, "the body's chunks are malformed"};
  }
}

}  // namespace

ServerSession::ServerSession(const SessionLimits& limits, Role role) noexcept
    : limits_(limits), role_(role), input_(limits.max_header_bytes + body_piece_max) {}

void ServerSession::start() noexcept {
  input_.clear();
  output_.clear();
  status_ = refused_status_ = 0;
  refused_why_ = {};
  at_end_ = is_closing_ = wants_linger_ = false;
  start_request();
}

void ServerSession::start_request() noexcept {
  input_.unpin();
  head_reader_.start(empty_lines_max);
  has_line_ = has_head_ = is_head_request_ = wants_body_ = is_answering_ = leaves_body_ = false;
  state_ = State::reading_head;
}

void ServerSession::expect_proxy_header() noexcept {
  proxy_reader_.start();
  state_ = State::reading_proxy_header;
}

ServerSession::Step ServerSession::next() {
  switch (state_) {
    case State::reading_proxy_header: return read_proxy_header();
    case State::reading_head: return read_head();
    case State::at_head: return Step::head;
    case State::reading_body: return read_body();
    case State::at_request: return Step::request;
    case State::closed: break;
  }
  return Step::close;
}

ServerSession::Step ServerSession::read_proxy_header() {
  std::string_view input = input_.unread();
  const std::size_t size_before = input.size();
  const ProxyHeaderReader::Step step = proxy_reader_.resume(input);
  input_.consume(size_before - input.size());
  switch (step) {
    case ProxyHeaderReader::Step::need_bytes: return await_bytes();
    case ProxyHeaderReader::Step::malformed: return refuse_self({400, "no sound PROXY header"});
    case ProxyHeaderReader::Step::whole: break;
  }
  state_ = State::reading_head;
  return Step::introduced;
}

ServerSession::Step ServerSession::read_head() {
  for (;;) {
    const std::string_view input = input_.unread();
    Refusal refusal;
    switch (head_reader_.resume(input, limits_)) {
      case HeadReader::Step::need_bytes: return await_bytes();
      case HeadReader::Step::refused: refusal = head_reader_.refusal(); break;
      case HeadReader::Step::first_line: refusal = take_line(head_reader_.first_line(input)); break;
      case HeadReader::Step::whole: refusal = take_head(); break;
    }
    if (refusal) return refuse_self(refusal);
    if (state_ == State::at_head) return Step::head;
  }
}

Refusal ServerSession::take_line(std::string_view line) noexcept {
  // Judged when it came, so that a fault in it is answered at once; views are still good if the
  // bytes have not been moved since.
  if (has_line_ && head_.line.method.data() == line.data()) return {};
  const Refusal refusal = parse_request_line(line, head_.line, role_);
  has_line_ = !refusal;
  is_head_request_ = has_line_ && head_.line.method == "HEAD";
  return refusal;
}

Refusal ServerSession::take_head() {
  input_.make_room_behind(head_reader_.size(), body_room);
  const std::string_view input = input_.unread();
  if (const Refusal refusal = take_line(head_reader_.first_line(input))) return refusal;
  head_.fields = head_reader_.fields(input);
  if (const Refusal refusal = judge_request(head_, limits_)) return refusal;
  input_.consume(head_reader_.size());
  input_.pin();
  has_head_ = true;
  is_closing_ |= !head_.keeps_alive;
  state_ = State::at_head;
  return {};
}

void ServerSession::admit(bool wants_body, bool gives_leave) {
  assert(state_ == State::at_head);
  wants_body_ = wants_body;
  state_ = State::at_request;
  if (!has_body()) return;
  if (head_.expects_continue && !wants_body) {
    leaves_body_ = is_closing_ = true;
    return;
  }
  // Also when some of the body is here already: what goes out must not depend on timing.
  if (head_.expects_continue && gives_leave) write_continue(output_.end());
  if (head_.framing == Framing::chunked) {
    body_reader_.start_chunked(limits_);
  } else {
    body_reader_.start_length(head_.content_length);
  }
  state_ = State::reading_body;
}

ServerSession::Step ServerSession::read_body() {
  for (;;) {
    std::span<char> input = input_.unread_bytes();
    const std::size_t size_before = input.size();
    const BodyReader::Step step = body_reader_.resume(input, piece_);
    input_.consume(size_before - input.size());
    switch (step) {
      case BodyReader::Step::need_bytes: return await_bytes();
      case BodyReader::Step::piece:
        if (wants_body_) return Step::body;
        break;
      case BodyReader::Step::done: state_ = State::at_request; return Step::request;
      default: return refuse_self(refusal_of(step));
    }
  }
}

/// What to do where only more bytes would help.
ServerSession::Step ServerSession::await_bytes() {
  if (in_request()) {
    if (at_end_) return refuse_self({400, "the request ends too early"});
  } else if (at_end_ || (is_closing_ && status_ != 0)) {
    close(false);
    return Step::close;
  }
  return Step::need_bytes;
}

void ServerSession::timed_out() {
  if (state_ == State::at_head || state_ == State::at_request || state_ == State::closed) return;
  if (in_request()) {
    refuse_self({408, "the request took too long"});
  } else {
    close(false);
  }
}

bool ServerSession::in_request() const noexcept {
  if (state_ == State::reading_proxy_header) return proxy_reader_.has_begun() || has_more_input();
  if (state_ == State::reading_head) return head_reader_.has_begun(input_.unread());
  return state_ != State::closed;
}

ServerSession::Step ServerSession::refuse_self(Refusal refusal) {
  is_closing_ = true;
  if (!is_answering_) write_refusal(refusal.status, refusal.why, {});
  refused_status_ = refusal.status;
  refused_why_ = refusal.why;
  close(true);
  return Step::close;
}

void ServerSession::refuse(int status, std::span<const FieldView> fields, std::string_view why) {
  assert(state_ != State::reading_proxy_header && state_ != State::reading_head &&
         state_ != State::closed);
  if (state_ == State::reading_body || (state_ == State::at_head && has_body()))
    leaves_body_ = is_closing_ = true;
  if (may_be_written(status, fields)) {
    write_refusal(status, why, fields);
  } else {
    write_refusal(500, {}, {});
  }
  finish_request();
}

void ServerSession::respond(int status, std::span<const FieldView> fields, std::string_view body) {
  if (status == 205) body = {};  // RFC 9110, section 15.3.6: it says that nothing follows.
  if (!begin_response(status, fields, body.size())) return;
  write_body(body);
  end_response();
}

bool ServerSession::begin_response(int status, std::span<const FieldView> fields,
                                   std::optional<std::uint64_t> size) {
  assert(state_ == State::at_request);
  const bool good = may_be_written(status, fields);
  if (good) {
    write_response_head({.status = status, .fields = fields}, size);
  } else {
    write_refusal(500, {}, {});
    finish_request();
  }
  return good;
}

void ServerSession::forward_interim(OutgoingResponse head) {
  assert(state_ == State::reading_body || state_ == State::at_request);
  if (head_.line.is_http_1_0) return;
  head.names_server = false;
  if (may_be_passed_on(head)) write_head(head, output_.end());
}

bool ServerSession::begin_forwarded(OutgoingResponse head) {
  assert(state_ == State::reading_body || state_ == State::at_request);
  if (!may_be_passed_on(head)) {
    refuse(502);
    return false;
  }
  if (state_ == State::reading_body) is_answering_ = leaves_body_ = is_closing_ = true;
  head.names_server = false;
  if (!find_field(head.fields, "Date")) head.date = date_.at(now_);
  body_writer_.start_none();
  // To HEAD and with 304 the length is that of what is not sent.
  if (!is_head_request_ && !is_bodiless(head.status)) start_body(head, head.content_length);
  if (head.status == 204) head.content_length.reset();
  write_framed_head(head);
  return true;
}

bool ServerSession::switch_protocols(OutgoingResponse head) {
  assert(state_ == State::at_request);
  if (!may_be_passed_on(head)) {
    refuse(502);
    return false;
  }
  head.names_server = false;
  head.connection = "upgrade";
  head.content_length.reset();
  write_head(head, output_.end());
  status_ = head.status;
  ++response_count_;
  close(false);
  return true;
}

void ServerSession::write_body(std::string_view piece) {
  body_writer_.write(piece, output_.end());
}

void ServerSession::body_sent(std::uint64_t size) noexcept {
  assert(body_writer_.is_sized() && size <= body_writer_.missing() && output().empty());
  body_writer_.skip(size);
}

void ServerSession::end_response() {
  if (!body_writer_.end(output_.end())) return abort_response();
  finish_request();
}

void ServerSession::abort_response() noexcept {
  is_closing_ = true;
  close(false);
}

void ServerSession::write_refusal(int status, std::string_view why,
                                  std::span<const FieldView> fields) {
  refusal_text_ = std::to_string(status);
  refusal_text_ += ' ';
  refusal_text_ += reason_phrase(status);
  if (!why.empty()) (refusal_text_ += ": ") += why;
  refusal_text_ += '\n';
  write_response_head({.status = status, .fields = fields, .content_type = "text/plain"},
                      refusal_text_.size());
  write_body(refusal_text_);
}

void ServerSession::write_response_head(OutgoingResponse head, std::optional<std::uint64_t> size) {
  start_body(head, size);
  head.date = date_.at(now_);
  write_framed_head(head);
}

void ServerSession::write_framed_head(OutgoingResponse& head) {
  if (is_closing_) {
    head.connection = "close";
  } else if (head_.line.is_http_1_0) {
    head.connection = "keep-alive";
  }
  write_head(head, output_.end());
  status_ = head.status;
  ++response_count_;
}

/// Chooses the framing, and tells it in the head also where no body will follow.
void ServerSession::start_body(OutgoingResponse& head, std::optional<std::uint64_t> size) {
  body_writer_.start_none();
  if (is_bodiless(head.status)) return;
  head.content_length = size;
  if (size) {
    body_writer_.start_length(*size);
  } else if (head_.line.is_http_1_0) {  // It knows no chunks.
    body_writer_.start_until_close();
    is_closing_ = true;
  } else {
    body_writer_.start_chunked();
    head.is_chunked = true;
  }
  if (is_head_request_) body_writer_.start_none();
}

void ServerSession::finish_request() noexcept {
  // An answer that was passed on may end before the request does.
  if (state_ == State::reading_body) leaves_body_ = is_closing_ = true;
  if (is_closing_) {
    close(leaves_body_ || !input_.unread().empty());
  } else {
    start_request();
  }
}

void ServerSession::close(bool wants_linger) noexcept {
  wants_linger_ = wants_linger;
  state_ = State::closed;
}

}  // namespace brood
