#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "base/stall_budget.hpp"

namespace brood {

/// What moves on a client's connection: how much of the request in hand, whether it is others' turn
/// by now, and how long the client may make us wait. Pure: it is told the time.
class ClientTraffic {
 public:
  /// \param each for the next bytes; \param least_rate of a body, bytes a second.
  ClientTraffic(Duration each, std::uint64_t least_rate) noexcept
      : receiving_(each, least_rate), sending_(each, least_rate) {}

  /// A connection.
  void start() noexcept {
    sending_.start();
    in_body_ = false;
    begin_request(0);
  }
  /// Nothing of the next request has moved, but that so many bytes of it are there already.
  void begin_request(std::uint64_t unread) noexcept {
    received_ = unread;
    sent_ = 0;
  }
  void begin_body() noexcept {
    receiving_.start();
    in_body_ = true;
  }
  void end_body() noexcept { in_body_ = false; }
  bool in_body() const noexcept { return in_body_; }
  void begin_answer() noexcept { sending_.start(); }

  void begin_turn() noexcept { allowance_ = turn_size; }
  bool turn_is_over() const noexcept { return allowance_ <= 0; }
  /// A piece of a body costs as much time as so many bytes of a large one, however small it is.
  void handled_piece() noexcept { allowance_ -= piece_charge; }
  /// To or from a server.
  void moved_elsewhere(std::size_t size) noexcept { charge(size); }

  void received(std::size_t size, TimePoint now) noexcept {
    if (in_body_) receiving_.moved(size, now);
    received_ += size;
    charge(size);
  }
  void sent(std::size_t size, TimePoint now) noexcept {
    sending_.moved(size, now);
    sent_ += size;
    charge(size);
  }
  std::uint64_t received() const noexcept { return received_; }
  std::uint64_t sent() const noexcept { return sent_; }

  /// When to give up a client that does not send its body, or does not take its answer, of which
  /// the kernel has yet to send `queued` bytes.
  TimePoint body_deadline(TimePoint now) noexcept { return receiving_.wait(now); }
  TimePoint sending_deadline(TimePoint now, std::uint64_t queued) noexcept {
    return sending_.wait(now, queued);
  }

 private:
  /// So much may move before others have their turn.
  static constexpr std::int64_t turn_size = 512L * 1024;
  static constexpr std::int64_t piece_charge = 64;

  void charge(std::size_t size) noexcept { allowance_ -= static_cast<std::int64_t>(size); }

  StallBudget receiving_;
  StallBudget sending_;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::int64_t allowance_ = 0;
  bool in_body_ = false;
};

}  // namespace brood
