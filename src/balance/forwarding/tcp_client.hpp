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
#include <vector>

#include <brood/unique_fd.hpp>
#include "balance/forwarding/access_record.hpp"
#include "balance/forwarding/client_connection.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/pump.hpp"
#include "http/proxy_header.hpp"
#include "net/lingering.hpp"

namespace brood {

class TcpClient final : public ClientConnection, private Waiter {
 public:
  TcpClient(Forwarder& forwarder, UniqueFd client, const SocketAddress& peer);

  void start() override;
  /// It has something in hand as long as it lives.
  void drain() override {}
  void cut(std::string_view how) override { note(how); }

  void on_event(std::uint32_t events) override;
  void on_deadline() override;

 private:
  enum class Stage : std::uint8_t {
    introducing,
    queued,
    pausing,  ///< For want of a descriptor or a port: it will ask for a permit again.
    connecting,
    relaying,
    lingering,
    over
  };

  /// Is told of the server's descriptor.
  class ServerEnd final : public Watcher {
   public:
    ServerEnd(TcpClient& client, UniqueFd fd)
        : Watcher(client.loop()), client_(client), fd_(std::move(fd)) {}
    int fd() const noexcept { return fd_.get(); }
    void on_event(std::uint32_t events) override { client_.on_server(events); }

   private:
    TcpClient& client_;
    UniqueFd fd_;
  };

  void read_introduction();
  void apply();
  RequestKey key() const;
  std::string introduction() const;
  TimePoint queue_deadline() const noexcept;
  void leave_queue() noexcept;
  void on_permit(const Choice& choice, TimePoint now) override;
  void on_turned_away(std::string_view why) override;

  void connect();
  void on_server(std::uint32_t events);
  void on_connected();
  void connect_failed(int error);
  void pause();
  void fail_over(std::string_view why);

  bool send_on();
  bool answer_on();
  bool owes_answer() const noexcept;
  bool is_taken_still() noexcept;
  void await_progress();
  void note_progress();
  void finish_if_both_ended();
  void finish();
  void server_failed(TrafficSign sign, std::string_view how);

  void drop_server();
  void give_back(Outcome outcome);
  void refuse(std::string_view why);
  void linger();
  void end(std::string_view how);
  void note(std::string_view how);

  Forwarder& forwarder_;
  UniqueFd client_;
  SocketAddress peer_;
  std::unique_ptr<ServerEnd> server_end_;
  Stage stage_ = Stage::queued;
  bool has_permit_ = false;
  bool watches_output_ = false;
  ServerId server_ = no_server;
  std::vector<ServerId> tried_;
  TimePoint began_;
  TimePoint queued_at_;
  Duration queued_for_{0};  ///< Before, by earlier attempts.
  TimePoint permitted_at_;
  TimePoint asked_at_;                ///< The server has had something to answer since then.
  std::uint64_t introduced_ = 0;      ///< What goes to the server before the client's bytes.
  std::uint64_t answered_up_to_ = 0;  ///< Of what has gone to it.
  std::uint64_t client_unsent_ = 0;   ///< What the kernel held for each side when we looked last.
  std::uint64_t server_unsent_ = 0;
  Lingering lingering_;
  ProxyHeaderReader introduction_;  ///< Of a trusted proxy.
  std::string first_bytes_;         ///< That came behind it.
  Pump to_server_;
  Pump to_client_;
  AccessRecord record_;
};

/// For Forwarder::MakeClient.
std::unique_ptr<ClientConnection> make_tcp_client(Forwarder& forwarder, UniqueFd client,
                                                  const SocketAddress& peer);

}  // namespace brood
