#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/socket/control_connection.hpp"
#include "os/listener.hpp"
#include "report/event.hpp"

namespace brood {

/// Through which a running server is asked and ordered. Whoever is of another user, or a process
/// that comes from the server itself, is refused: a worker runs what strangers have sent.
class ControlSocket {
 public:
  using Tell = std::function<void(LogEvent)>;

  /// \param listener at a path; its file goes with this, if it is still ours.
  /// \param tell of what was ordered and refused, for the log.
  ControlSocket(boost::asio::io_context& context, Listener listener, ControlHandler carry_out,
                Tell tell);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  void accept();
  void take(ControlConnection::Socket socket);
  void tell_of(const PeerProcess& peer, std::string_view order, const ControlAnswer& answer);
  void on_gone();

  Listener listener_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Tell tell_;
  std::shared_ptr<const ControlConnection::Commons> commons_;
  std::shared_ptr<ControlSocket*> self_;  ///< Null once this has gone: connections outlive it.
  std::uint32_t open_ = 0;
  bool is_full_ = false;
  TimePoint told_{};  ///< Of a refusal.
};

/// Listens at a path with mode 0600. \return why not.
std::variant<Listener, ListenError> listen_for_control(const std::string& path);

}  // namespace brood
