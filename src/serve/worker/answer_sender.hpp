#pragma once

#include <brood/response.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/stall_budget.hpp"
#include "http/server_session.hpp"
#include "net/socket.hpp"
#include "serve/worker/awaited.hpp"
#include "serve/worker/outgoing_body.hpp"
#include "serve/worker/turn.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

/// What a client is sent, from a response by way of the session to its socket; and for how long it
/// may keep us waiting until it takes it.
class AnswerSender {
 public:
  AnswerSender(WorkerContext& context, ServerSession& session, Turn& turn) noexcept
      : context_(context),
        session_(session),
        turn_(turn),
        taking_(context.settings.write_timeout, context.settings.min_rate) {}

  void start(Socket& socket) noexcept {
    socket_ = &socket;
    taking_.start();
  }

  enum class Step : std::uint8_t {
    done,    ///< All of it is sent.
    moved,   ///< Some is, and it can go on.
    full,    ///< The client takes no more for now: see await_taking().
    silent,  ///< The body's source has nothing for now: see await_source().
    broken,  ///< The rest of the body will not come: fault() tells why.
    lost,    ///< The client has gone.
  };

  /// Sends the session's output: earlier answers, and heads. \return done, full or lost.
  Step send_output();
  /// Puts a refusal into the session.
  void refuse(int status, const std::vector<Field>& fields);

  /// A handler has given this response, asked at that moment.
  void take(Response response, TimePoint asked_at) noexcept;
  /// Before this it is not to be sent.
  bool is_due() const noexcept { return response_.not_before.count() <= 0 || context_.now >= due_; }
  Awaited await_due() const noexcept { return {.what = Awaited::What::moment, .deadline = due_}; }
  /// It is no answer yet.
  bool asks_again() const noexcept { return response_.asks_again; }
  /// Puts its head into the session, and a short body. \return whether more of a body is to be
  /// sent.
  bool begin();
  /// Whether the handler may be asked for the next piece of the body.
  bool asks_handler() const noexcept { return !outgoing_.is_direct(); }
  /// Sends some of it. \pre send_output() was done.
  Step send_body();
  /// The rest of it will not come.
  void abort() noexcept;
  /// Lets go of the response.
  void end() noexcept;

  Awaited await_taking() noexcept;
  Awaited await_source() noexcept;
  int source() const noexcept { return outgoing_.source(); }
  Duration silence_max() const noexcept { return outgoing_.silence_max(); }
  const std::string& fault() const noexcept { return outgoing_.fault(); }

 private:
  std::span<const FieldView> view_of(const std::vector<Field>& fields);
  bool begin_long();

  WorkerContext& context_;
  ServerSession& session_;
  Turn& turn_;
  Socket* socket_ = nullptr;
  Response response_;
  OutgoingBody outgoing_;
  StallBudget taking_;
  std::vector<FieldView> fields_;
  TimePoint due_;
  TimePoint source_deadline_;
  bool is_silent_ = false;     ///< The source has nothing.
  bool is_unblocked_ = false;  ///< A blocking socket has become non-blocking for a while.
};

}  // namespace brood
