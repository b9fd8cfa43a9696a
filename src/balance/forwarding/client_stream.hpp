#pragma once
// Mode http: one request after the other of a client's connection, and what becomes of the answers.
//
//           whole, or held_max of it             the answer is read
//   asking -------------------------> exchanging ------------------> delivering
//     |  ^                            (see Exchange) --- refused ------> |
//     |  +---------------------------------------------------------------+
//     | the session says close, or the answer was cut
//     +---> closing ---> lingering ---> over
//
// A server's permit is held while it exchanges, never while a client is slow to ask, and while it
// is slow to take only if the answer is larger than read_ahead_max. A lost client ends it from
// wherever it is.

#include <cstdint>
#include <string_view>

#include "balance/forwarding/client_end.hpp"
#include "balance/forwarding/exchange.hpp"
#include "balance/forwarding/tunnel.hpp"
#include "net/lingering.hpp"

namespace brood {

/// Serves one connection after another; keeps its memory between them.
class ClientStream {
 public:
  explicit ClientStream(HttpCommons& commons);

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
  /// The client has gone, or is given up; it is over. \param how Static words.
  void lost(std::string_view how);
  /// The balancer has stopped: what is in hand has its line in the access log.
  void cut(std::string_view how);
  /// The connection has announced its end.
  void client_ended();
  /// This connection closes after what is in hand.
  void drain() noexcept { end_.session().set_closing(); }
  /// It has had an answer.
  bool has_answered() noexcept { return end_.session().status() != 0; }
  /// At Pause::tunnel. The server's permit is the tunnel's now.
  Tunnel::Begin take_tunnel();

  // --- What the exchange says.

  enum class Stage : std::uint8_t {
    asking,
    exchanging,
    delivering,
    closing,
    lingering,
    tunnelling,
    over
  };
  /// It is over, and what comes is: delivering, as the answer is written; asking, as the request
  /// breaks off and the session says what becomes of it; tunnelling, as the answer is a 101.
  void go_on(Stage stage) noexcept { stage_ = stage; }
  /// There is none from a server: this is the answer. \param why Static words.
  void refuse(int status, std::string_view why);
  /// What the client has of the answer is all that it gets, and it must be able to see that.
  void cut_answer(std::string_view how);

 private:
  bool step();
  bool ask();
  bool receive();
  void take_head();
  void take_body_piece();
  void exchange();
  bool finish_delivery();
  bool close();
  bool linger();
  Pause await();
  TimePoint deadline();
  void note_end(std::uint64_t unread = 0);

  HttpCommons& commons_;
  ClientEnd end_;
  Exchange exchange_;
  Lingering lingering_;
  TimePoint deadline_;                 ///< For a request to begin, for its head.
  TimePoint began_at_;                 ///< When the request's first byte came.
  std::uint64_t responses_noted_ = 0;  ///< Of the session's, so many are in the access log.
  Stage stage_ = Stage::over;
  bool is_cut_ = false;  ///< The client does not get all of its answer.
};

}  // namespace brood
