#pragma once
// The server's half of a connection, as a machine that a shell drives: it is told what arrived and
// says what to do next. It knows no socket and no clock, so that blocking workers, event-driven
// ones and tests drive the same code:
//
//             whole head        admit()          body done        respond()
//   [head] ------------> head -----------> [body] --------> request --------> [head] ...
//      |                   |                  |                 |
//      | broken, too long, | refuse()         | the same        | the connection is not kept
//      | time out, no more |                  |                 |
//      +-------------------+------------------+-----------------+----------> close
//
// In brackets the session waits for bytes. Requests that came together are answered one after the
// other; what follows the one in hand waits in the input buffer, which is bounded.

#include <cstdint>
#include <ctime>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "http/body_reader.hpp"
#include "http/body_writer.hpp"
#include "http/date.hpp"
#include "http/field.hpp"
#include "http/head_reader.hpp"
#include "http/head_writer.hpp"
#include "http/input_buffer.hpp"
#include "http/limits.hpp"
#include "http/output_buffer.hpp"
#include "http/proxy_header.hpp"
#include "http/request_head.hpp"

namespace brood {

/// One object serves one connection after another and keeps its memory between them. Memory is
/// allocated at the first byte.
///
/// The shell's duties: send output() before it receives, before it closes, before a handler that
/// takes its time (no answer should wait for another's work), and when it has grown large, for
/// pipelined answers add up; set the date. Nothing here throws but std::bad_alloc.
class ServerSession {
 public:
  enum class Step : std::uint8_t {
    need_bytes,  ///< Receive into space(); then received(), end_of_input() or timed_out().
    introduced,  ///< The PROXY header is whole: see proxied(). Only if it was expected.
    head,        ///< A head is whole and sound: admit() or refuse().
    body,        ///< body_piece() has some of the body. Only if it was wanted.
    request,     ///< The request is whole: respond() or refuse().
    close,       ///< Send what is left of the output, then close: see wants_linger().
  };

  explicit ServerSession(const SessionLimits& limits, Role role = Role::origin) noexcept;

  /// Forgets everything but the memory and the date: a fresh connection.
  void start() noexcept;

  /// The first thing to come must be a PROXY header. \pre Just started.
  void expect_proxy_header() noexcept;

  /// What the heads that are written from now on have as Date (seconds since 1970, UTC).
  void set_date(std::time_t now) noexcept { now_ = now; }

  /// Goes on until something must be done, and says the same again until it is.
  Step next();

  // --- While it needs bytes.

  /// Where to receive; never empty.
  std::span<char> space() { return input_.space(); }
  /// \pre size <= space().size()
  void received(std::size_t size) noexcept { input_.received(size); }
  /// The client will send no more; what is whole is still answered, a torn request with 400.
  void end_of_input() noexcept { at_end_ = true; }
  /// The time for what was awaited is over: 408 if a request has begun, else a silent close. No
  /// effect while the session waits for the caller.
  void timed_out();
  /// Whether any byte of a request has arrived that is not answered yet.
  bool in_request() const noexcept;
  /// Whether anything behind the request in hand has arrived.
  bool has_more_input() const noexcept { return !input_.unread().empty(); }
  /// That: what a tunnel begins with.
  std::string_view unread() const noexcept { return input_.unread(); }
  /// Between two requests, with no byte in hand: nothing would be lost by start().
  bool is_at_rest() const noexcept {
    return state_ == State::reading_head && !has_more_input() && output().empty() && !at_end_;
  }

  /// Whose ends the PROXY header has named, if any. \pre At `introduced`.
  const std::optional<ProxiedEnds>& proxied() const noexcept { return proxy_reader_.ends(); }

  // --- The request in hand: from `head` until the first next() after its answer.

  const RequestHead& head() const noexcept { return head_; }
  std::string_view method() const noexcept { return head_.line.method; }
  std::string_view target() const noexcept { return head_.line.target; }
  /// Still percent-encoded, never empty, without the query.
  std::string_view path() const noexcept { return head_.line.parts.path; }
  std::optional<std::string_view> field(std::string_view name) const noexcept {
    return find_field(head_.fields, name);
  }
  bool has_body() const noexcept { return head_.has_body(); }
  /// Some of the body, decoded; good until the next next().
  std::string_view body_piece() const noexcept { return piece_; }

  // --- What the caller decides.

  /// \pre At `head`. An unwanted body is drained, unless the client waits for leave to send it:
  /// then the answer is the last on this connection.
  /// \param gives_leave false: the 100 that the client may wait for is passed on by the caller.
  void admit(bool wants_body, bool gives_leave = true);
  /// Answers with this status and a line of text, which ends in `why` if it is given. The
  /// connection is kept if no byte of a body is outstanding. \pre At `head`, `body` or `request`;
  /// status is 200 to 599, `fields` as below.
  void refuse(int status, std::span<const FieldView> fields = {}, std::string_view why = {});
  /// Answers with a body that is there. A response that must not reach the wire (see
  /// may_be_written()) becomes a 500; the body is left out where HTTP leaves it out.
  /// \pre At `request`.
  void respond(int status, std::span<const FieldView> fields, std::string_view body);

  // --- What a proxy passes on of a server's answer.

  /// A response of 1xx but 101; dropped where the client is of HTTP/1.0 (RFC 9110, section 15.2).
  /// \pre As for begin_forwarded().
  void forward_interim(OutgoingResponse head);
  /// Begins an answer, as begin_response() does, with the server's own words: its reason, Date and
  /// Server; a missing Date is added (RFC 9110, section 6.6.1). `content_length` is the body's, or
  /// that which the answer to HEAD or a 304 tells of; framing and Connection are the session's.
  /// While the request's body still comes, go on with next(); the connection closes afterwards.
  /// \pre At `body` or `request`, or `need_bytes` between them.
  bool begin_forwarded(OutgoingResponse head);
  /// Answers with 101: behind the output, the connection is no longer HTTP. \pre At `request`.
  bool switch_protocols(OutgoingResponse head);

  // --- An answer whose body comes bit by bit: begin, then pieces while wants_response_body(),
  //     then end or abort. The session is at `request` until then.

  /// \param size of the body if it is known; else it is chunked, or ends with the connection where
  ///   the client is of HTTP/1.0. \return false: it must not reach the wire, and a 500 was sent.
  bool begin_response(int status, std::span<const FieldView> fields,
                      std::optional<std::uint64_t> size);
  /// Whether the body goes onto the wire: not for HEAD, 204 and 304. What is written is dropped
  /// then.
  bool wants_response_body() const noexcept { return body_writer_.is_sent(); }
  /// Whether it has a known size; if not, whether it ends with the connection.
  bool body_is_sized() const noexcept { return body_writer_.is_sized(); }
  bool body_is_until_close() const noexcept { return body_writer_.is_until_close(); }
  /// Adds some of the body to the output; more than a known size is dropped.
  void write_body(std::string_view piece);
  /// The same for bytes of a sized body that the caller has put on the wire by itself.
  /// \pre The output is empty.
  void body_sent(std::uint64_t size) noexcept;
  /// How many bytes of a sized body are still to come.
  std::uint64_t body_missing() const noexcept { return body_writer_.missing(); }
  /// All of the body is written. A sized body that is short is aborted instead.
  void end_response();
  /// What is missing will not come: the connection closes so that the client can see it.
  void abort_response() noexcept;
  /// This connection closes after the request in hand; if there is none, now, but a connection
  /// that has had no answer yet still gets one.
  void set_closing() noexcept { is_closing_ = true; }
  /// Whether it will, by whoever's wish.
  bool must_close() const noexcept { return is_closing_; }

  // --- What is to be sent, and how it went.

  /// Good until the next call that is not const.
  std::string_view output() const noexcept { return output_.unsent(); }
  /// \pre size <= output().size()
  void sent(std::size_t size) noexcept { output_.sent(size); }
  /// The status of the last final response, 0 before the first: a 500 if respond() made it one.
  int status() const noexcept { return status_; }
  /// How many bytes of its body have been written so far.
  std::uint64_t body_bytes() const noexcept { return body_writer_.written(); }
  /// How many final responses have been begun: tells whether status() is that of the request in
  /// hand.
  std::uint64_t response_count() const noexcept { return response_count_; }
  /// The status with which the session itself has refused, on which `close` follows; else 0.
  int refused_status() const noexcept { return refused_status_; }
  /// Then, a few static words; and the request's first line as it was sent, if it is whole and the
  /// rest of its head is not.
  std::string_view refused_why() const noexcept { return refused_why_; }
  std::string_view refused_line() const noexcept {
    return has_line_ && !has_head_ ? head_reader_.first_line(input_.unread()) : std::string_view{};
  }
  /// At `close`: the client may still be sending. Shut down the sending side and read on for a
  /// while: closing at once could destroy the answer on its way (RFC 9112, section 9.6).
  bool wants_linger() const noexcept { return wants_linger_; }

 private:
  enum class State : std::uint8_t {
    reading_proxy_header,
    reading_head,
    at_head,
    reading_body,
    at_request,
    closed
  };

  Step read_proxy_header();
  Step read_head();
  Refusal take_line(std::string_view line) noexcept;
  Refusal take_head();
  Step read_body();
  Step await_bytes();
  Step refuse_self(Refusal refusal);
  void write_refusal(int status, std::string_view why, std::span<const FieldView> fields);
  void write_response_head(OutgoingResponse head, std::optional<std::uint64_t> size);
  void write_framed_head(OutgoingResponse& head);
  void start_body(OutgoingResponse& head, std::optional<std::uint64_t> size);
  void start_request() noexcept;
  void finish_request() noexcept;
  void close(bool wants_linger) noexcept;

  SessionLimits limits_;
  Role role_;
  InputBuffer input_;
  ProxyHeaderReader proxy_reader_;
  HeadReader head_reader_{empty_lines_max};
  RequestHead head_;
  BodyReader body_reader_;
  std::string_view piece_;
  BodyWriter body_writer_;
  OutputBuffer output_;
  std::string refusal_text_;
  DateCache date_;
  std::time_t now_ = 0;
  int status_ = 0;
  int refused_status_ = 0;
  std::string_view refused_why_;
  std::uint64_t response_count_ = 0;
  State state_ = State::reading_head;
  bool has_line_ = false;         // head_.line is that of the request in hand.
  bool has_head_ = false;         // All of head_ is.
  bool is_head_request_ = false;  // Its method is HEAD.
  bool wants_body_ = false;
  bool is_answering_ = false;  // Before the request is whole.
  bool leaves_body_ = false;   // The answer goes out before all of the body was read.
  bool at_end_ = false;
  bool is_closing_ = false;
  bool wants_linger_ = false;
};

}  // namespace brood
