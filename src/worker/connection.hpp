#pragma once

#include <brood/handler.hpp>
#include <string>
#include <vector>

#include "http/server_session.hpp"
#include "worker/orders.hpp"
#include "worker/report.hpp"
#include "worker/settings.hpp"

namespace brood {

/// Serves one connection after another, each to its end: moves bytes between a socket and the
/// session, and requests between the session and the handler. Blocking, bounded by the time-outs.
class Connection {
 public:
  Connection(const WorkerSettings& settings, Handler& handler, Report& report, Orders& orders);

  /// Takes a connected socket (blocking) and closes it when done.
  void serve(UniqueFd client);

 private:
  void run();
  void close();
  bool receive();
  ssize_t receive_bytes(std::span<char> space);
  bool is_kept() const noexcept { return answered_ > 0 && !session_.in_request(); }
  TimePoint receive_deadline(TimePoint now) const noexcept;
  void be_patient() noexcept;
  bool is_fresh() const noexcept { return answered_ == 0 && !session_.in_request(); }
  bool send_output();
  void take_head();
  void answer();
  void answer_probe();
  Response ask_handler(const Request& request);
  void think(TimePoint until);
  void finish(int status);
  void linger();
  Request request() const noexcept;
  bool is_probe() const noexcept;

  const WorkerSettings& settings_;
  Handler& handler_;
  Report& report_;
  Orders& orders_;
  ServerSession session_;
  UniqueFd client_;
  std::string body_;
  std::vector<FieldView> fields_;
  TimePoint head_deadline_;
  TimePoint kept_deadline_;     ///< For the next request; 0 ns while recv() itself waits for it.
  std::uint64_t answered_ = 0;  ///< On this connection.
  bool in_body_ = false;
  bool has_patience_ = false;  ///< The socket's SO_RCVTIMEO is set.
};

}  // namespace brood
