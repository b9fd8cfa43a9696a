#pragma once

#include <cstdint>
#include <utility>

#include "base/stall_budget.hpp"
#include "http/server_session.hpp"
#include "net/socket.hpp"
#include "serve/worker/awaited.hpp"
#include "serve/worker/turn.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

/// What a client sends, from its socket into the session; and for how long it may keep us waiting
/// for it.
class RequestReader {
 public:
  RequestReader(WorkerContext& context, ServerSession& session, Turn& turn) noexcept
      : context_(context),
        session_(session),
        turn_(turn),
        body_(context.settings.body_timeout, context.settings.min_rate) {}

  /// \param is_kept the client has had an answer and is idle since; otherwise it is new.
  /// \param deadline for the head of its first request, if it is new; else for that to begin.
  void start(Socket& socket, bool is_kept, TimePoint deadline) noexcept;

  enum class Got : std::uint8_t {
    something,  ///< The session may go on; also of the end.
    nothing,    ///< See await().
    no_turn,    ///< It would have to look again, and others have theirs.
    lost,       ///< The client has gone.
  };
  Got receive();
  /// Somebody has received into the session's space by himself: what recv() gave, with errno.
  Got received(ssize_t size);

  /// What the session needs next. A silent new client is given its last moment when the worker is
  /// to leave.
  Awaited await() noexcept;

  /// A request's body comes next; nothing of it does any more.
  void begin_body() noexcept {
    in_body_ = true;
    body_.start();
  }
  void end_body() noexcept { in_body_ = false; }
  /// A request was answered, or the last of an answer was sent: the time for the next one runs
  /// from now.
  void await_next() noexcept;
  void answered() noexcept {
    has_answered_ = true;
    await_next();
  }
  /// Between two requests.
  bool is_kept() const noexcept { return has_answered_ && !session_.in_request(); }

 private:
  WorkerContext& context_;
  ServerSession& session_;
  Turn& turn_;
  Socket* socket_ = nullptr;
  StallBudget body_;
  TimePoint deadline_;  ///< For a request to begin, or for its head.
  bool has_answered_ = false;
  bool in_body_ = false;
  bool is_hurried_ = false;  ///< It was given its last moment.
};

}  // namespace brood
