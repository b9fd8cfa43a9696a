#pragma once
// control/socket: level 4. How a running server is asked from outside: the control socket on Asio,
// who may use it, and the client's side of it. What is asked and answered is `control`'s.

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "control/control_outcome.hpp"
#include "http/server_session.hpp"
#include "os/peer_process.hpp"

namespace brood {

/// One client of the control socket, and its one request: the answer closes the connection. Keeps
/// itself for as long as it lasts, which is bounded but while an order is carried out.
///
/// No turn takes long: it reads and writes as much as there is room for, and lets others go on.
class ControlConnection : public std::enable_shared_from_this<ControlConnection> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  /// An order was answered, or a request refused.
  using OnAnswered =
      std::function<void(const PeerProcess&, std::string_view order, const ControlAnswer& answer)>;

  /// What all of them share; outlives them.
  struct Commons {
    ControlHandler carry_out;
    OnAnswered on_answered;
    std::function<void()> on_gone;  ///< A connection has come to its end.
  };

  /// \param is_refused whoever it is may not use the socket, and is told so.
  ControlConnection(Socket socket, const PeerProcess& peer, bool is_refused,
                    std::shared_ptr<const Commons> commons);
  ~ControlConnection();
  ControlConnection(const ControlConnection&) = delete;
  ControlConnection& operator=(const ControlConnection&) = delete;

  void start();

 private:
  void go_on();
  void await_bytes();
  void receive();
  void send();
  void act();
  ControlOutcome outcome_of_request();
  void answer(const ControlAnswer& answer);
  void await_outcome();
  void await_leaving();
  void end();
  void linger();
  void allow(Duration time);

  Socket socket_;
  PeerProcess peer_;
  bool is_refused_;
  std::shared_ptr<const Commons> commons_;
  ServerSession session_;
  boost::asio::steady_timer deadline_;
  boost::asio::steady_timer look_timer_;
  std::string body_;
  std::string order_;  ///< The request's path; of a question, empty.
  ControlWatch watch_;
  int lingers_ = 0;
};

}  // namespace brood
