#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "balance/forwarding/pump.hpp"
#include "base/clock.hpp"

namespace brood {

/// A client's and a server's connection, bridged until both have ended, and who owes whom what
/// meanwhile. It tells when to wait and when it is over; time and descriptors are its user's.
class Relay {
 public:
  enum class Step : std::uint8_t {
    goes_on,
    has_more,       ///< Others are to have their turn.
    awaits_client,  ///< It does not take what there is for it.
    finished,       ///< Both have ended.
    client_left,
    server_reset,
  };

  /// \param introduction Ours, to the server; \param first What the client has said already.
  void start(std::string_view introduction, std::string_view first, TimePoint now);
  void expect_end_of_client() noexcept { to_server_.expect_end(); }
  void expect_end_of_server() noexcept { to_client_.expect_end(); }

  /// From the client to the server, as far as it goes without waiting.
  Step send_on(int client, int server, std::span<char> scratch, TimePoint now);
  /// From the server to the client, likewise.
  Step answer_on(int client, int server, std::span<char> scratch);

  /// Whether the server has not taken, or not answered by a byte, what the client has said.
  bool owes_answer() const noexcept {
    return to_server_.holds_bytes() || to_server_.moved() > answered_up_to_;
  }
  /// Whether the client is what is waited for.
  bool awaits_client() const noexcept { return to_client_.holds_bytes(); }
  /// Whether a side that would take no more has taken of what the kernel holds for it since: its
  /// socket becomes writable only when a good part of that has gone.
  bool is_taken_still(int client, int server) noexcept;
  /// A byte of the server's has come. (The client may not have taken it.)
  bool has_answer() const noexcept { return to_client_.moved() > 0 || awaits_client(); }
  /// The server has had something to answer since then.
  TimePoint asked_at() const noexcept { return asked_at_; }
  std::uint64_t bytes_in() const noexcept;  ///< Of the client's, that the server has taken.
  std::uint64_t bytes_out() const noexcept { return to_client_.moved(); }

 private:
  Step judge(Pump::Step step) const noexcept;

  Pump to_server_;
  Pump to_client_;
  TimePoint asked_at_;
  std::uint64_t introduced_ = 0;      ///< What goes to the server before the client's bytes.
  std::uint64_t answered_up_to_ = 0;  ///< Of what has gone to it.
  std::uint64_t client_unsent_ = 0;   ///< What the kernel held for each side when we looked last.
  std::uint64_t server_unsent_ = 0;
};

}  // namespace brood
