#pragma once
// Mode http: one request after the other of a client's connection, carried to a server and back.
//
//           whole, or held_max of it    a place                 the answer is read
//   asking -----------------> placing --------> connecting, .. exchanging --------> delivering
//     |  ^                      |  ^           (knocking: busy)                       |
//     |  ^                      |  ^                | failed      |                     |
//     |  |    nobody, too late  |  +----------------+-------------+ decide_retry()      |
//     |  |                      v                                 v                     |
//     |  +---------------- delivering <------------------------ refused                 |
//     |  +------------------------------------------------------------------------------+
//     | the session says close, or the answer was cut
//     +---> closing ---> lingering ---> over
//
// A server's place is held from on_permit() until its answer is read, never while a client is slow
// to ask, and while it is slow to take only if the answer is larger than read_ahead_max. A lost
// client ends it from wherever it is.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "balance/forwarding/access_record.hpp"
#include "balance/forwarding/server_connection.hpp"
#include "balance/forwarding/tunnel.hpp"
#include "balance/routing/dispatcher.hpp"
#include "balance/routing/health.hpp"
#include "balance/routing/retry.hpp"
#include "base/stall_budget.hpp"
#include "http/client_session.hpp"
#include "http/forwarded_client.hpp"
#include "http/forwarding.hpp"
#include "http/proxy_header.hpp"
#include "http/server_session.hpp"
#include "net/lingering.hpp"

namespace brood {

class Forwarder;
class HttpClient;
class HttpCommons;
struct HttpSettings;

/// Serves one connection after another; keeps its memory between them.
class Exchange final : private Waiter, private ServerUser {
 public:
  explicit Exchange(HttpCommons& commons);

  /// Takes up a connection.
  void start(HttpClient& client);

  enum class Pause : std::uint8_t {
    waits,
    at_rest,  ///< Nothing is in hand: start() could take this connection up again where it is.
    tunnel,   ///< The server has agreed to go on with another protocol: see take_tunnel().
    over,     ///< Close the connection.
  };
  /// Does all that can be done without waiting, and sets the deadlines for what it waits for.
  Pause advance();

  /// The client's deadline has passed; advance() then.
  void timed_out();
  /// The client has gone, or is given up; the exchange is over. \param how Static words.
  void lost(std::string_view how);
  /// The balancer has stopped: what is in hand has its line in the access log.
  void cut(std::string_view how);
  /// It has had an answer.
  bool has_answered() const noexcept { return front_.status() != 0; }
  /// The connection has announced its end, while it waits for a permit.
  void client_ended();
  /// This connection closes after what is in hand.
  void drain() noexcept;

  // --- At Pause::tunnel.

  /// Its place is the tunnel's now.
  Tunnel::Begin take_tunnel();

 private:
  /// A piece of a body costs as much time as so many bytes of a large one, however small it is.
  static constexpr std::int64_t piece_charge = 64;

  enum class Stage : std::uint8_t {
    asking,
    placing,
    knocking,  ///< The server's queue is full: it is asked again in a moment.
    connecting,
    exchanging,
    delivering,
    closing,
    lingering,
    tunnelling,
    over
  };
  /// How a pump has come to an end.
  enum class Flow : std::uint8_t {
    stalled,  ///< It waits for its source or its sink.
    turned,   ///< Another stage has begun.
  };

  // exchange.cpp: the client's request
  bool step();
  bool ask();
  void take_refusal();
  void take_head();
  void note_line();
  void take_body_piece();
  void answer_hop();
  bool receive_request();

  // exchange_end.cpp: its answer, and the end
  bool flush();
  bool deliver();
  bool close();
  bool linger();
  Pause await();
  void await_client();
  TimePoint sending_deadline() noexcept;
  TimePoint client_deadline(TimePoint now);
  bool is_noteworthy() const noexcept;
  void note_end(std::size_t unread = 0);
  void refuse(int status, std::string_view why);

  // exchange_place.cpp: a place at a server, and a connection
  void apply();
  void join_queue(TimePoint now);
  RequestKey key() const;
  ToldOfClient believed();
  const std::string& client_address() const noexcept;
  std::optional<ProxiedEnds> ends() const;
  void on_permit(const Choice& choice, TimePoint now) override;
  void on_turned_away(std::string_view why) override;
  void connect();
  void begin_request();
  std::string_view host() const noexcept;
  bool wants_own_connection() const noexcept;
  void introduce();

  // exchange_server.cpp: to and fro
  bool exchange();
  Flow pump_request();
  bool takes_more() const noexcept;
  bool take_streamed();
  void gather(std::string_view piece);
  void write_gathered();
  Flow send_request();
  Flow pump_answer();
  bool receive_answer();
  Flow take_answer_head();
  Flow switch_protocols();
  void pass_interim();
  void pass_body(std::string_view piece);
  Flow finish_answer();
  void release_server();
  void trim_kept(ServerId server);
  void on_server(ServerConnection& connection) override;
  void on_server_deadline(ServerConnection& connection) override;
  void await_server();

  // exchange_failure.cpp
  Flow server_failed(TrafficSign sign, std::string_view how);
  RetryPhase phase(TrafficSign sign) const noexcept;
  void connect_failed(int error);
  void ran_short();
  Flow fail(RetryPhase phase, bool may_repeat, std::string_view how);
  void carry_out(const RetryDecision& decision, std::string_view how);
  void cut_answer(std::string_view how);
  void abandon();
  void drop_server();
  void give_back(Outcome outcome);

  HttpCommons& commons_;
  Forwarder& forwarder_;
  const HttpSettings& settings_;
  HttpClient* client_ = nullptr;
  ServerSession front_;
  ClientSession back_;
  ForwardedFields request_fields_;
  ForwardedFields answer_fields_;
  std::string held_;  ///< The request's body, as far as it was read before a place was asked for.
  std::string gathered_;  ///< Small pieces of it, on their way.
  std::string target_;
  std::unique_ptr<ServerConnection> connection_;
  std::optional<ForwardedClient> forwarded_;  ///< By a trusted forwarder.
  std::vector<ServerId> tried_;
  AccessRecord record_;
  StallBudget receiving_;
  StallBudget sending_;
  Lingering lingering_;
  TimePoint deadline_;  ///< For a request to begin, its head, a place, another try to connect.
  TimePoint began_at_;  ///< When the request's first byte came.
  TimePoint queued_at_;
  Duration queue_left_{0};  ///< Of the time that it may wait for a permit.
  TimePoint permitted_at_;
  TimePoint asked_at_;  ///< The server has had all that it has had since then.
  TimePoint server_moved_at_;
  std::uint64_t received_ = 0;  ///< Of the request in hand.
  std::uint64_t sent_ = 0;
  std::uint64_t responses_noted_ = 0;  ///< Of front_'s, so many are in the access log.
  std::int64_t allowance_ = 0;         ///< Bytes that may move until it is others' turn.
  std::uint32_t sent_count_ = 0;
  ServerId server_ = no_server;
  Stage stage_ = Stage::over;
  bool has_permit_ = false;
  bool wants_fresh_ = false;  ///< The next connection is a new one.
  bool brings_auth_ = false;  ///< A proof of who it is that is good for a whole connection.
  bool is_pinned_ = false;    ///< The connection is, or becomes, this client's own.
  bool in_body_ = false;
  bool streams_ = false;      ///< The request's body is not whole and is passed on as it comes.
  bool is_held_ = true;       ///< All of the request's body is in held_.
  bool was_sent_ = false;     ///< A byte of it was, on this connection.
  bool send_failed_ = false;  ///< The server takes no more; an answer may be there.
  bool is_cut_ = false;       ///< The client does not get all of its answer.
  bool has_answer_ = false;   ///< Its head was passed on, or an interim one was.
  bool is_idempotent_ = false;
};

}  // namespace brood
