#pragma once
// Drives a ServerSession as a blocking worker would, over a script instead of a socket.

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hand_over.hpp"
#include "http/server_session.hpp"

namespace brood::test {

/// All that a connection showed to its shell and to its client, however its bytes were cut.
struct Transcript {
  std::string events;  ///< A line each: what the session asked for, and with what.
  std::string fields;  ///< Of all heads, a line each.
  std::string output;
  int status = 0;
  int refused_status = 0;
  bool wants_linger = false;

  bool operator==(const Transcript&) const = default;
};

inline constexpr std::time_t test_date = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT

/// What stands behind the client's last byte.
enum class Ending : std::uint8_t { end_of_input, time_out };

/// The path says what is done: /want… has its body read, /refuse is refused with 403 at its head,
/// /last is the last on its connection. Answers repeat what was asked.
class Driver {
 public:
  explicit Driver(const SessionLimits& limits = {}, bool expects_proxy_header = false)
      : session_(limits), expects_proxy_header_(expects_proxy_header) {
    start();
  }

  Transcript run(std::span<const std::string_view> pieces, Ending ending = Ending::end_of_input) {
    start();
    for (const std::string_view piece : pieces) receive(piece);
    if (!is_closed_ && ending == Ending::end_of_input) session_.end_of_input();
    if (!is_closed_ && ending == Ending::time_out) session_.timed_out();
    advance();
    if (!is_closed_) throw std::logic_error("the session has not ended");
    send();
    log_.status = session_.status();
    log_.refused_status = session_.refused_status();
    log_.wants_linger = session_.wants_linger();
    return log_;
  }

  Transcript run(std::string_view whole, Ending ending = Ending::end_of_input) {
    return run(std::span{&whole, 1}, ending);
  }

  /// Bytes beyond what one space() takes are handed over in several turns.
  void receive(std::string_view bytes) {
    advance();
    if (is_closed_) return;
    hand_over(session_, bytes, [this] {
      advance();
      return !is_closed_;
    });
  }

  const Transcript& log() const { return log_; }
  ServerSession& session() { return session_; }

 private:
  using Step = ServerSession::Step;

  void start() {
    log_ = {};
    body_.clear();
    is_closed_ = false;
    session_.start();
    if (expects_proxy_header_) session_.expect_proxy_header();
    session_.set_date(test_date);
  }

  void advance() {
    for (TurnLimit turns; !is_closed_; turns.count()) {
      switch (session_.next()) {
        case Step::need_bytes: send(); return;
        case Step::introduced: on_introduced(); break;
        case Step::head: on_head(); break;
        case Step::body:
          if (session_.body_piece().empty()) throw std::logic_error("an empty piece");
          body_ += session_.body_piece();
          break;
        case Step::request: on_request(); break;
        case Step::close:
          log_.events += "body " + body_ + "\nclose\n";
          is_closed_ = true;
          break;
      }
    }
  }

  void on_introduced() {
    log_.events += "introduced";
    if (const auto& ends = session_.proxied())
      log_.events.append(" ").append(to_string(ends->client));
    log_.events += "\n";
  }

  void on_head() {
    log_.events.append("head ").append(session_.method()).append(" ").append(session_.target());
    log_.events.append(session_.has_body() ? " with body\n" : "\n");
    for (const FieldView& field : session_.head().fields)
      log_.fields.append(field.name).append("=").append(field.value).append("\n");
    if (session_.path() == "/last") session_.set_closing();
    if (session_.path() == "/refuse") {
      session_.refuse(403);
    } else {
      session_.admit(session_.path().starts_with("/want"));
    }
  }

  void on_request() {
    log_.events += "request " + body_ + "\n";
    const FieldView fields[]{{"Content-Type", "text/plain"}};
    std::string answer(session_.method());
    answer.append(" ").append(session_.target()).append(" ").append(body_);
    body_.clear();
    session_.respond(200, fields, answer);
  }

  void send() {
    log_.output += session_.output();
    session_.sent(session_.output().size());
  }

  ServerSession session_;
  bool expects_proxy_header_;
  Transcript log_;
  std::string body_;
  bool is_closed_ = false;
};

inline std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace brood::test
