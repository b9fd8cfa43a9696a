#pragma once

#include <brood/unique_fd.hpp>

#include "serve/worker/conversation.hpp"

namespace brood {

/// The blocking driver: serves one connection after another, each to its end, and waits for
/// whatever its conversation waits for.
class Connection {
 public:
  explicit Connection(WorkerContext& context) : context_(context), conversation_(context) {}

  /// Takes a connected socket (blocking) and closes it when done.
  void serve(UniqueFd client);

 private:
  void await(const Awaited& awaited);
  Orders::Wait wait(const Awaited& awaited) noexcept;
  void await_moment(TimePoint moment);
  bool receive_kept();
  void be_patient() noexcept;
  void give_up(const Awaited& awaited);

  WorkerContext& context_;
  Conversation conversation_;
  Socket client_;
  bool has_patience_ = false;  ///< SO_RCVTIMEO is set.
};

}  // namespace brood
