#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "balance/routing/permit_queue.hpp"
#include "balance/routing/shared_permits.hpp"

namespace brood {

/// What the forwarding threads have in common of one server: permits, where `max=` bounds them, and
/// a word of the control thread's. From any thread.
class SharedServer : public std::enable_shared_from_this<SharedServer> {
 public:
  /// Called in any thread: it is that forwarding thread's turn at this server.
  using Wake = std::function<void(std::uint32_t thread, std::shared_ptr<SharedServer>)>;

  SharedServer(std::uint32_t max, Wake wake) : permits_(max), wake_(std::move(wake)) {}

  bool may_take(std::uint32_t thread) const;
  bool take(std::uint32_t thread);
  void give_back();
  void want(std::uint32_t thread);
  void decline(std::uint32_t thread);
  void set_max(std::uint32_t max);

  /// The control thread asks for the next good answer, whoever gets it: a row of failures ends.
  void ask_for_answer() noexcept { wants_answer_.store(true, std::memory_order_relaxed); }
  /// \return whether it is to be told of this one.
  bool take_answer() noexcept {
    return wants_answer_.load(std::memory_order_relaxed) && wants_answer_.exchange(false);
  }

 private:
  mutable std::mutex mutex_;  // Only servers with a bound, and only between several threads.
  PermitQueue permits_;
  Wake wake_;
  std::atomic<bool> wants_answer_{false};
};

/// One forwarding thread's part in it.
class ThreadPermits final : public SharedPermits {
 public:
  ThreadPermits(SharedServer& server, std::uint32_t thread) : server_(server), thread_(thread) {}

  bool may_take() const override { return server_.may_take(thread_); }
  bool take() override { return server_.take(thread_); }
  void give_back() override { server_.give_back(); }
  void want() override { server_.want(thread_); }

 private:
  SharedServer& server_;
  std::uint32_t thread_;
};

}  // namespace brood
