#pragma once
// The client's half of a connection: the counterpart of ServerSession, as a machine that a shell
// drives. It knows no socket and no clock:
//
//             begin_request()         whole head             end of the body
//   [at rest] --------------> waiting ----------> head, body* -------------> done
//       ^                       | |  interim: again                           |
//       |                       | +-----------+                               |
//       |      begin_request(), if may_be_reused()                            |
//       +---------------------------------------------------------------------+
//
// A request's body may still be on its way when the response comes. Anything broken is `failed`.

#include <cstdint>
#include <span>
#include <string_view>

#include "http/body_reader.hpp"
#include "http/body_writer.hpp"
#include "http/head_reader.hpp"
#include "http/head_writer.hpp"
#include "http/input_buffer.hpp"
#include "http/limits.hpp"
#include "http/output_buffer.hpp"
#include "http/response_head.hpp"

namespace brood {

/// One object serves one connection after another and keeps its memory between them; one request
/// at a time.
///
/// The shell's duties: send output(), receive while next() needs bytes. Nothing here throws but
/// std::bad_alloc.
class ClientSession {
 public:
  enum class Step : std::uint8_t {
    need_bytes,  ///< Receive into space(); then received() or end_of_input().
    interim,     ///< head() is that of a 1xx but 101; good until the next next() or space().
    head,        ///< head() is good until the next request. Said once.
    body,        ///< body_piece() has some of the body.
    done,        ///< The response is whole; with 101 the rest of the connection is unread().
    failed,      ///< See failure(). Final.
  };

  /// \param limits What a response may have; a body that has no known end is not limited.
  explicit ClientSession(const SessionLimits& limits) noexcept;

  /// Forgets everything but the memory: a fresh connection.
  void start() noexcept;

  /// Goes before the first request of a connection: a PROXY header. \pre At rest.
  void introduce(std::string_view header) { output_.end() += header; }

  /// Writes a request's head; its body follows by write_body() if it has a length or is chunked.
  /// \pre At rest, or may_be_reused(). \return false: it must not reach the wire, see
  /// may_be_written(); nothing has happened.
  bool begin_request(const OutgoingRequest& request);
  /// Adds some of the body to the output; more than a known size is dropped.
  void write_body(std::string_view piece) { body_writer_.write(piece, output_.end()); }
  /// The body is written. One that is shorter than was said fails: close the connection.
  void end_request();

  std::string_view output() const noexcept { return output_.unsent(); }
  /// \pre size <= output().size()
  void sent(std::size_t size) noexcept { output_.sent(size); }

  /// Goes on until something must be done. \pre A request has begun.
  Step next();

  /// Where to receive; never empty.
  std::span<char> space() { return input_.space(); }
  /// \pre size <= space().size()
  void received(std::size_t size) noexcept { input_.received(size); }
  /// The server will send no more.
  void end_of_input() noexcept { at_end_ = true; }

  const ResponseHead& head() const noexcept { return head_; }
  /// Some of the body, decoded; good until the next next().
  std::string_view body_piece() const noexcept { return piece_; }
  /// What has come and is not read.
  std::string_view unread() const noexcept { return input_.unread(); }
  /// Whether any byte has come in answer to the request: until then it may be tried elsewhere.
  bool in_response() const noexcept { return has_answer_ || !input_.unread().empty(); }
  /// Whether this connection can take another request: the exchange is complete, both sides want
  /// to stay, and nothing has come that nobody asked for (RFC 9112, sections 9.3 and 9.4).
  bool may_be_reused() const noexcept;
  /// At `failed`: a few static words.
  std::string_view failure() const noexcept { return failure_; }

 private:
  enum class State : std::uint8_t { at_rest, reading_head, reading_body, done, failed };

  Step read_head();
  Refusal take_head();
  void start_body() noexcept;
  Step read_body();
  Step end_of_bytes();
  Step fail(std::string_view why) noexcept;

  SessionLimits limits_;
  InputBuffer input_;
  HeadReader head_reader_{0};
  ResponseHead head_;
  BodyReader body_reader_;
  std::string_view piece_;
  BodyWriter body_writer_;
  OutputBuffer output_;
  std::string_view failure_;
  std::size_t interim_count_ = 0;
  State state_ = State::at_rest;
  bool is_head_request_ = false;
  bool is_request_whole_ = true;
  bool wants_close_ = false;  // Said by the request's Connection.
  bool has_answer_ = false;   // A head has come, if only an interim one.
  bool at_interim_ = false;   // head_ is still to be forgotten.
  bool at_end_ = false;
};

}  // namespace brood
