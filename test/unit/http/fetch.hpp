#pragma once
// Drives a ClientSession as a shell would, over a script instead of a socket.

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "hand_over.hpp"
#include "http/client_session.hpp"

namespace brood::test {

/// All that one exchange showed, however the response's bytes were cut.
struct Exchange {
  std::string events;  ///< "interim" is not among them: a line for each head, the body, the end.
  std::string output;
  bool is_done = false;
  bool may_be_reused = false;

  bool operator==(const Exchange&) const = default;
};

/// Sends one request without a body and reads what answers it.
class Fetcher {
 public:
  explicit Fetcher(const SessionLimits& limits = {}) : session_(limits) {}

  Exchange run(std::span<const std::string_view> pieces, std::string_view method = "GET") {
    session_.start();
    return ask(pieces, method);
  }
  Exchange run(std::string_view whole, std::string_view method = "GET") {
    return run(std::span{&whole, 1}, method);
  }

  /// On the same connection.
  Exchange ask(std::span<const std::string_view> pieces, std::string_view method = "GET") {
    log_ = {};
    body_.clear();
    is_over_ = false;
    if (!session_.begin_request({.method = method, .target = "/", .host = "a"}))
      throw std::logic_error("the request is not sound");
    log_.output = session_.output();
    session_.sent(log_.output.size());
    advance();
    for (const std::string_view piece : pieces) receive(piece);
    log_.may_be_reused = session_.may_be_reused();  // Before the end of input.
    if (!is_over_) session_.end_of_input();
    advance();
    if (!is_over_) throw std::logic_error("the exchange has not ended");
    return log_;
  }

  ClientSession& session() { return session_; }

 private:
  using Step = ClientSession::Step;

  void receive(std::string_view bytes) {
    hand_over(session_, bytes, [this] {
      advance();
      return !is_over_;
    });
  }

  void advance() {
    for (TurnLimit turns; !is_over_; turns.count()) {
      switch (session_.next()) {
        case Step::need_bytes: return;
        case Step::interim: break;
        case Step::head: on_head(); break;
        case Step::body:
          if (session_.body_piece().empty()) throw std::logic_error("an empty piece");
          body_ += session_.body_piece();
          break;
        case Step::done:
          log_.is_done = is_over_ = true;
          log_.events += "body " + body_ + "\ndone\n";
          break;
        case Step::failed:
          is_over_ = true;
          log_.events += "body " + body_ + "\nfailed: ";
          log_.events.append(session_.failure()).append("\n");
          break;
      }
    }
  }

  void on_head() {
    log_.events += "head " + std::to_string(session_.head().line.status) + "\n";
    for (const FieldView& field : session_.head().fields)
      log_.events.append(field.name).append("=").append(field.value).append("\n");
  }

  ClientSession session_;
  Exchange log_;
  std::string body_;
  bool is_over_ = false;
};

}  // namespace brood::test
