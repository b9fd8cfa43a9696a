#pragma once
// Mode tcp: a client's connection bridged to a server's, byte by byte.
//
// (From a trusted proxy the PROXY header comes first: introducing.)
//
//               on_permit()            connected            both have ended
//     queued ------------> connecting ----------> relaying ---------------> over
//       |  ^                  | refused, too late   | the server owes an answer or
//       |  +------------------+ (goes first)        | fails before its first byte
//       +-> nobody can be reached ------------------+--> the course's 500, then lingering -> over
//
// Where nothing moves and the server owes nothing, nobody is to blame: the connection is idle.
//
// In mode tcp proper, whoever cannot be served is closed; only the course's balancer speaks HTTP.

#include <memory>
#include <string>

#include <brood/unique_fd.hpp>
#include "balance/forwarding/client_connection.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/relay.hpp"
#include "balance/forwarding/routed_connection.hpp"
#include "http/proxy_header.hpp"
#include "net/lingering.hpp"

namespace brood {

class TcpClient final : public ClientConnection {
 public:
  TcpClient(Forwarder& forwarder, UniqueFd client, const SocketAddress& peer);

  void start() override;
  /// It has something in hand as long as it lives.
  void drain() override {}
  void cut(std::string_view how) override { note(how); }

  void on_deadline() override;

 private:
  using Event = RoutedConnection::Event;
  using Next = RoutedConnection::Next;

  void on_socket(std::uint32_t events) override;

  enum class Stage : std::uint8_t {
    introducing,
    queued,  ///< Or it knocks or pauses: see RoutedConnection.
    connecting,
    relaying,
    lingering,
    over
  };

  /// Is told of the server's descriptor.
  class ServerEnd final : public WatchedSocket {
   public:
    ServerEnd(TcpClient& client, UniqueFd fd)
        : WatchedSocket(client.loop(), Socket(std::move(fd))), client_(client) {}

   private:
    void on_socket(std::uint32_t events) override { client_.on_server(events); }

    TcpClient& client_;
  };

  void read_introduction();
  void tell(const Event& event);
  RequestKey key() const;
  std::string introduction() const;
  void connect();
  void on_server(std::uint32_t events);
  void on_connected();
  void connect_failed(int error);

  bool send_on();
  bool answer_on();
  bool take(Relay::Step step);
  void await_progress();
  void note_progress();
  void server_failed(TrafficSign sign, std::string_view how);

  void drop_server();
  void refuse(std::string_view why);
  void linger();
  void end(std::string_view how);
  void note(std::string_view how);

  Forwarder& forwarder_;
  SocketAddress peer_;
  std::unique_ptr<ServerEnd> server_end_;
  TimePoint began_;
  RoutedConnection route_;
  Stage stage_ = Stage::queued;
  Lingering lingering_;
  ProxyHeaderReader introduction_;  ///< Of a trusted proxy.
  std::string first_bytes_;         ///< That came behind it.
  Relay relay_;
};

/// For Forwarder::MakeClient.
std::unique_ptr<ClientConnection> make_tcp_client(Forwarder& forwarder, UniqueFd client,
                                                  const SocketAddress& peer);

}  // namespace brood
