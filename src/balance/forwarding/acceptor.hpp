#pragma once

#include "net/loop.hpp"

namespace brood {

class Forwarder;

/// Accepts at one listening descriptor, which the acceptors of all threads share: the kernel wakes
/// one of them for each connection. Descriptors of their own (SO_REUSEPORT) would spread
/// connections by a hash, some threads getting twice as many as others, and lose what waits at one
/// of them when its thread leaves.
class Acceptor final : public Watcher {
 public:
  Acceptor(Forwarder& forwarder, int listening_fd);

  /// A client has left, and another one may have its descriptors.
  void room_was_made();
  /// Accepts what waits, and then no more.
  void finish();

  void on_event(std::uint32_t events) override;
  void on_deadline() override;

 private:
  bool has_room();
  bool accept_one();
  void pause(Duration pause);

  Forwarder& forwarder_;
  int listening_fd_;
  Duration backoff_{0};
  bool watches_ = false;
  bool awaits_room_ = false;
};

}  // namespace brood
