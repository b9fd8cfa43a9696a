#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <string_view>

#include "serve/supervisor/picture.hpp"

namespace brood {

/// From the order to stop to the last line. Whoever begins a stop ends those who are over already
/// (Reaping::end_those_over()).
class Stopping {
 public:
  Stopping(boost::asio::io_context& context, Supervision& all, Picture& picture);

  /// What is in hand is finished, for graceful-timeout at most.
  void begin(std::string_view reason);
  /// Idempotent.
  void kill_all(std::string_view reason);
  /// Stops because the server cannot serve. \param fault why.
  void give_up(std::string fault);
  const std::string& fault() const noexcept { return fault_; }

  /// After the last worker and the reporter it writes the last line and ends the supervisor.
  void finish_if_empty();

 private:
  void await_end(Duration left);
  void look_at_time();
  void log_stop(std::string_view name, std::string_view reason);

  boost::asio::io_context& context_;
  Supervision& all_;
  Picture& picture_;
  boost::asio::steady_timer timer_;
  TimePoint since_;
  std::uint64_t refused_ = 0;
  std::string fault_;
};

}  // namespace brood
