#pragma once
// A conversation is a client's connection as a machine that never waits: advance() does all that
// can be done at once and says what to wait for. A blocking loop that serves one client and an
// event loop that serves a thousand drive the same class:
//
//            request          think-time         body sent
//   asking ----------> thinking -------> answering -------> asking ...
//      |                  (either is skipped where there is nothing to wait for)
//      | the session says close
//      +----------------> closing -------> lingering -------> ended
//
// A lost client ends it from wherever it is.

#include <brood/handler.hpp>
#include <optional>
#include <vector>

#include "base/stall_budget.hpp"
#include "http/server_session.hpp"
#include "net/lingering.hpp"
#include "serve/worker/body_spool.hpp"
#include "serve/worker/outgoing_body.hpp"
#include "serve/worker/request_view.hpp"
#include "serve/worker/socket_ends.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

/// What a conversation waits for. When it has come, tell the conversation and advance() it; when
/// the deadline comes first, timed_out(). To advance it for no reason does no harm.
struct Awaited {
  enum class What : std::uint8_t {
    request,  ///< The first byte of the next request, or of the first.
    head,     ///< More of a request's head.
    body,     ///< More of a request's body.
    taking,   ///< The client to take more of an answer: its socket must become writable.
    source,   ///< More of a response, readable at source(); or the client's loss.
    moment,   ///< Only the deadline.
    turn,     ///< Nothing: it has had its share, and others may have theirs before it goes on.
    closing,  ///< The client's last bytes, so that it can read ours.
    nothing,  ///< It is over: close the socket.
  };
  What what = What::nothing;
  TimePoint deadline = never;
  TimePoint since{};  ///< When the client began to make us wait, for head, body and taking.
};

/// Serves one connection after another; keeps its memory between them. The socket is the driver's,
/// who waits for it. An exception out of it is std::bad_alloc.
class Conversation {
 public:
  explicit Conversation(WorkerContext& context);

  /// Takes up a connected socket.
  /// \param is_kept it has had an answer and is idle since; otherwise it is new.
  /// \param deadline for the head of its first request, if it is new; else for that to begin.
  /// \param introduced as take_introduced() gave it.
  void start(int client, bool is_kept, TimePoint deadline,
             std::unique_ptr<const Peer> introduced = nullptr);

  /// \pre context.now is right. Afterwards it is again.
  Awaited advance();

  /// There is something to receive. \param at_end also the end of it, or its loss.
  void readable(bool at_end) noexcept;
  /// The driver has received into space() by itself; `size` is what recv() gave, with errno.
  void received(ssize_t size);
  std::span<char> space() { return session_.space(); }
  /// The deadline of what was awaited last has passed.
  void timed_out();
  /// The client has taken more of the answer meanwhile, and may go on.
  bool is_taken_still() noexcept;
  /// The client has gone and nobody waits for the answer.
  void lost() noexcept;

  int source() const noexcept { return outgoing_.source(); }
  /// Nothing is in hand: start() could take this connection up again where it is.
  bool is_at_rest() const noexcept {
    return stage_ == Stage::asking && !may_receive_ && session_.is_at_rest();
  }
  /// For whoever starts with this connection next: whom a proxy has introduced on it, if one has.
  std::unique_ptr<const Peer> take_introduced() noexcept { return ends_.take_introduced(); }
  /// Between two requests: the driver may receive by itself.
  bool is_kept() const noexcept { return has_answered_ && !session_.in_request(); }
  /// The request in hand, from its head on: "GET /slow HTTP/1.1".
  std::string_view request_line() const noexcept;

 private:
  using What = Awaited::What;
  /// Nothing: go on.
  using Pause = std::optional<Awaited>;
  enum class Stage : std::uint8_t { asking, thinking, answering, closing, lingering, ended };

  Pause step();

  // conversation.cpp: bytes
  Pause ask();
  Pause receive();
  bool has_taken_long() noexcept;
  Awaited await_input();
  void await_next_request() noexcept;
  Pause flush(int flags = 0);
  Awaited await_taking() noexcept;
  Pause close();
  Pause linger();
  Awaited end() noexcept;

  // conversation_answer.cpp: a request and its response
  void begin_work() noexcept;
  void end_work() noexcept;
  bool is_probe() const noexcept;
  bool is_for_server() const noexcept;
  Request request();
  void introduce();
  void take_head();
  void begin_flight() noexcept;
  void end_flight() noexcept;
  Admission ask_admission();
  void take_body_piece();
  void refuse_body(int error);
  void close_if_last() noexcept;
  void refuse(int status, const std::vector<Field>& fields);
  void handle_request();
  void answer_probe();
  void ask_for_answer();
  Response ask_handler();
  Pause think();
  void begin_answer();
  void begin_long_answer();
  Pause carry_out();
  Awaited await_source();
  void cut_off(const std::string& why);
  void end_answer(int status) noexcept;
  void account(int status) noexcept;
  std::span<const FieldView> view_of(const std::vector<Field>& fields);

  WorkerContext& context_;
  ServerSession session_;
  RequestView view_;
  BodySpool spool_;
  Response response_;
  OutgoingBody outgoing_;
  SocketEnds ends_;
  StallBudget receiving_;
  StallBudget sending_;
  std::vector<FieldView> fields_;
  TimePoint deadline_;  ///< For a request to begin, for its head, of the think-time.
  Lingering lingering_;
  TimePoint source_deadline_;
  TimePoint head_read_;         ///< Of the request in flight.
  TimePoint turn_begun_;        ///< Known from the turn's second look at the socket on.
  std::int64_t allowance_ = 0;  ///< Bytes that may move until it is others' turn.
  int looks_ = 0;               ///< At the socket, in this turn.
  std::uint32_t asked_ = 0;     ///< How often the handler was asked for this answer.
  int client_ = -1;
  Stage stage_ = Stage::ended;
  What awaited_ = What::nothing;
  bool has_answered_ = false;
  bool in_body_ = false;
  bool may_receive_ = false;   ///< Something may be there; else it is not worth the call.
  bool at_end_ = false;        ///< What is there is the last.
  bool is_hurried_ = false;    ///< A silent new client was given its last moment.
  bool is_in_flight_ = false;  ///< Its head was read, and it is not answered yet.
  bool works_ = false;         ///< The handler has the word.
  bool crosses_ = false;       ///< The client's next request may cross our closing.
  bool is_silent_ = false;     ///< The source has nothing.
  bool is_unblocked_ = false;  ///< A blocking socket has become non-blocking for a while.
};

}  // namespace brood
