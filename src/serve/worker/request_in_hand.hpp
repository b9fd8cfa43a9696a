#pragma once

#include <string_view>

#include "serve/worker/body_spool.hpp"
#include "serve/worker/built_in_paths.hpp"
#include "serve/worker/request_view.hpp"
#include "serve/worker/socket_ends.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

/// How a request was answered.
struct AnswerSent {
  enum class End : std::uint8_t {
    kept,     ///< The connection goes on.
    closing,  ///< It closes.
    broken,   ///< The rest of the answer will not come.
    left,     ///< The client has gone before it had all.
  };
  int status = 0;
  std::uint64_t body_bytes = 0;  ///< Of the answer.
  End end = End::kept;
};

/// One request after another as the handler sees it, from its head to its answer, and what is told
/// and counted of it meanwhile. It knows no socket and nothing of how bytes come and go.
class RequestInHand {
 public:
  /// \param head of whichever request is in hand; both outlive this.
  RequestInHand(WorkerContext& context, const RequestHead& head, SocketEnds& ends) noexcept
      : context_(context), head_(head), ends_(ends), built_in_(context) {}

  /// A connection was accepted. \param fd of it.
  void connected(int fd) noexcept;
  /// The head is whole. \return whether the handler wants the body, or refuses.
  Admission begin();
  /// A piece of the wanted body. \return 0, or the status to refuse with: it cannot be stored.
  int take_body(std::string_view piece);
  /// That was all of it. \return as above.
  int finish_body();
  /// The request is whole, and was asked about as often as the answer before says. An exception is
  /// a 500.
  Response ask();
  /// When the handler was last asked.
  TimePoint asked_at() const noexcept { return asked_at_; }
  /// It is answered, which counts and is logged, but for a probe. What was cut off counts as 500.
  void end(const AnswerSent& answer) noexcept;
  /// The session has refused what it cannot read any further. \param line what it has read of it.
  void refused(const AnswerSent& answer, std::string_view line) noexcept;
  /// The connection is over; nobody hears of the rest.
  void drop() noexcept;

  /// Shows that the handler has the word, until it has not.
  void begin_work() noexcept;
  void end_work() noexcept;

  bool is_probe() const noexcept { return kind_ == Kind::probe; }
  /// "GET /slow HTTP/1.1"
  std::string_view line() const noexcept;

 private:
  using Kind = BuiltInPaths::Kind;

  Request request();
  template <class Ask>
  auto ask_safely(std::string_view what, Ask ask) -> decltype(ask());
  int status_of_storage(int error);
  void land() noexcept;
  void log(const AnswerSent& answer, std::string_view line) noexcept;

  WorkerContext& context_;
  const RequestHead& head_;
  SocketEnds& ends_;
  BuiltInPaths built_in_;
  RequestView view_;
  BodySpool spool_;
  TimePoint head_read_;
  Duration queued_{-1};  ///< Until the connection was accepted; told with its first request.
  TimePoint asked_at_;
  std::uint32_t asked_ = 0;  ///< How often, for this answer.
  Kind kind_ = Kind::none;
  bool is_in_flight_ = false;  ///< Its head was read, and it is not answered yet.
  bool works_ = false;         ///< The handler has the word.
};

}  // namespace brood
