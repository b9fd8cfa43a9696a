#pragma once

#include <optional>
#include <string_view>

#include "balance/forwarding/attempt.hpp"
#include "balance/forwarding/client_traffic.hpp"
#include "http/server_session.hpp"

namespace brood {

class HttpClient;
class HttpCommons;

/// A client's end while something is in hand: its session, and the bytes between that and its
/// connection, counted.
class ClientEnd {
 public:
  explicit ClientEnd(HttpCommons& commons);

  void start(HttpClient& client);

  HttpClient& client() const noexcept { return *client_; }
  ServerSession& session() noexcept { return session_; }
  ClientTraffic& traffic() noexcept { return traffic_; }
  /// The client has closed or reset it: nothing more comes or goes.
  bool is_lost() const noexcept { return is_lost_; }

  /// Receives what the session has room for. \return whether anything has come: bytes, the end, its
  /// loss.
  bool receive();
  /// Carries out Attempt::Action::take_body. \return nothing: the request breaks off, or is
  /// malformed.
  std::optional<Attempt::Event> take_body();
  /// \return whether all of the session's output has gone.
  bool flush();
  /// Some of an answer's body, to be sent or put behind what is.
  void pass_body(std::string_view piece);
  /// It has not taken so much of an answer that no more is read.
  bool is_full() const noexcept;
  /// Whether it takes more of an answer; sends first what there is, if it is full.
  bool has_room();

  /// When to give it up, if it does not take its answer.
  TimePoint sending_deadline();

  TimePoint now() const noexcept;

 private:
  HttpCommons& commons_;
  HttpClient* client_ = nullptr;
  ServerSession session_;
  ClientTraffic traffic_;
  bool is_lost_ = false;
};

}  // namespace brood
