#pragma once
// A conversation is a client's connection as a machine that never waits: advance() does all that
// can be done at once and says what to wait for. A blocking loop that serves one client and an
// event loop that serves a thousand drive the same class:
//
//            request          think-time         body sent
//   asking ----------> thinking -------> answering -------> asking ...
//    |  ^                 (either is skipped where there is nothing to wait for)
//    v  | earlier answers are sent before it waits for the next request
//   sending
//
//   asking ----------> closing -------> lingering -------> ended
//          the session says close
//
// A lost client ends it from wherever it is. RequestReader brings bytes in, RequestInHand asks the
// handler, AnswerSender takes bytes out; here is only what comes after what.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/server_session.hpp"
#include "net/lingering.hpp"
#include "net/socket.hpp"
#include "serve/worker/answer_sender.hpp"
#include "serve/worker/awaited.hpp"
#include "serve/worker/request_in_hand.hpp"
#include "serve/worker/request_reader.hpp"
#include "serve/worker/turn.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

/// Serves one connection after another; keeps its memory between them. The socket is the driver's,
/// who waits for it, and tells it what has come. An exception out of it is std::bad_alloc.
class Conversation {
 public:
  explicit Conversation(WorkerContext& context);
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  /// Takes up a connected socket.
  /// \param is_kept it has had an answer and is idle since; otherwise it is new.
  /// \param deadline for the head of its first request, if it is new; else for that to begin.
  /// \param introduced as take_introduced() gave it.
  void start(Socket& socket, bool is_kept, TimePoint deadline,
             std::unique_ptr<const Peer> introduced = nullptr);

  /// \pre context.now is right. Afterwards it is again.
  Awaited advance();

  /// The driver has received into space() by itself; `size` is what recv() gave, with errno.
  void received(ssize_t size);
  std::span<char> space() { return session_.space(); }
  /// The deadline of what was awaited last has passed.
  void timed_out();
  /// The client has taken more of the answer meanwhile, and may go on.
  bool is_taken_still() noexcept;
  /// The client has gone and nobody waits for the answer.
  void lost() noexcept;

  int source() const noexcept { return sender_.source(); }
  /// Nothing is in hand: start() could take this connection up again where it is.
  bool is_at_rest() const noexcept {
    return stage_ == Stage::asking && !socket_->may_receive() && session_.is_at_rest();
  }
  /// For whoever starts with this connection next: whom a proxy has introduced on it, if one has.
  std::unique_ptr<const Peer> take_introduced() noexcept { return ends_.take_introduced(); }
  /// Between two requests: the driver may receive by itself.
  bool is_kept() const noexcept { return reader_.is_kept(); }
  /// The request in hand, from its head on: "GET /slow HTTP/1.1".
  std::string_view request_line() const noexcept { return request_.line(); }

 private:
  enum class Stage : std::uint8_t {
    asking,
    sending,
    thinking,
    answering,
    closing,
    lingering,
    ended
  };

  Pause step();
  Pause ask();
  Pause receive();
  Pause send();
  Pause send_output();
  void introduce();
  void take_head();
  Pause take_request();
  void ask_handler();
  Pause think();
  void begin_answer();
  Pause answer();
  void cut_off(const std::string& why);
  void refuse(int status, const std::vector<Field>& fields = {});
  AnswerSent answered(AnswerSent::End end) const noexcept;
  void end_answer(AnswerSent::End end) noexcept;
  void close_if_last() noexcept;
  Pause close();
  Pause linger();
  Awaited end() noexcept;

  WorkerContext& context_;
  ServerSession session_;
  SocketEnds ends_;
  Turn turn_;
  RequestReader reader_;
  RequestInHand request_;
  AnswerSender sender_;
  Lingering lingering_;
  Socket* socket_ = nullptr;
  Stage stage_ = Stage::ended;
  Awaited::What awaited_ = Awaited::What::nothing;
  bool crosses_ = false;  ///< The client's next request may cross our closing.
};

}  // namespace brood
