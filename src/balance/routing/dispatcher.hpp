#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

#include "balance/routing/decision_log.hpp"
#include "balance/routing/router.hpp"
#include "base/clock.hpp"

namespace brood {

/// Who wants a permit of a server: one request, or one connection in tcp mode.
class Waiter {
 public:
  /// A permit is taken for it, until give_back() or move_on(). Called from within acquire(), or
  /// later.
  virtual void on_permit(const Choice& choice, TimePoint now) = 0;
  /// There is none: nobody can be reached, or the queue is full. Called from within acquire(), or
  /// later when the last server went down. It holds nothing.
  virtual void on_turned_away(std::string_view why) = 0;

 protected:
  virtual ~Waiter() = default;

 private:
  friend class Dispatcher;
  Waiter* before_ = nullptr;  // In the queue.
  Waiter* after_ = nullptr;
  RequestKey key_;
  std::span<const ServerId> tried_;
  std::string_view retry_reason_;
  bool is_queued_ = false;
};

/// Hands out permits of servers: at once, or in the order of asking when one is given back. At
/// most `parallel` are out at a time, besides each server's own limit. Queued waiters mind
/// their own deadline and withdraw().
class Dispatcher {
 public:
  struct Limits {
    std::uint32_t parallel = 1024;   ///< -N: permits out at once. >= 1.
    std::uint32_t max_queue = 1024;  ///< 0: no bound.
  };
  /// Words of on_turned_away().
  static constexpr std::string_view queue_is_full = "the queue is full";

  /// \param set_alarm Sees to it that review() is called then: it is worth waiting until then for
  ///   a quicker server, even if nothing happens. `never`: no more.
  /// \param left Is told that nothing is in hand any more at a server that has been removed.
  Dispatcher(Router& router, const Limits& limits, std::function<void(TimePoint)> set_alarm,
             std::function<void(ServerId)> left)
      : router_(router),
        limits_(limits),
        set_alarm_(std::move(set_alarm)),
        left_(std::move(left)) {}

  /// \param tried Servers that have failed this very request; theirs who asks, and kept while it
  ///   is queued.
  void acquire(Waiter& waiter, const RequestKey& key, std::span<const ServerId> tried,
               TimePoint now);
  /// It is no longer interested. No effect if it is not queued.
  void withdraw(Waiter& waiter) noexcept;
  void give_back(ServerId server, Outcome outcome, Duration duration, TimePoint now);
  /// give_back() and acquire() in one: `server` has failed it, and it goes before all who wait, as
  /// it has waited already. \param why Static words, for the dump.
  void move_on(Waiter& waiter, ServerId server, Duration duration, const RequestKey& key,
               std::span<const ServerId> tried, std::string_view why, TimePoint now);
  /// Health or limits have changed: looks at the queue again.
  void review(TimePoint now);
  void set_limits(const Limits& limits, TimePoint now);
  /// It is given to nobody any more.
  void remove(ServerId server, TimePoint now);

  /// Nobody is given a permit before the first verdicts are in.
  void open(TimePoint now);

  std::uint32_t queued() const noexcept { return queued_; }
  std::uint32_t placed() const noexcept { return placed_; }
  const DecisionLog& decisions() const noexcept { return decisions_; }
  /// Requests that were given a permit, since start.
  std::uint64_t given() const noexcept { return given_; }

 private:
  bool has_room() const noexcept { return is_open_ && placed_ < limits_.parallel; }
  void enqueue(Waiter& waiter) noexcept;
  void enqueue_first(Waiter& waiter) noexcept;
  bool serve(Waiter& waiter, TimePoint now);
  void end(ServerId server, Outcome outcome, Duration duration, TimePoint now);
  void tell_left(ServerId server);

  Router& router_;
  Limits limits_;
  std::function<void(TimePoint)> set_alarm_;
  std::function<void(ServerId)> left_;
  DecisionLog decisions_;
  std::uint64_t given_ = 0;
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
  std::uint32_t queued_ = 0;
  std::uint32_t placed_ = 0;
  TimePoint alarm_ = never;
  bool is_open_ = false;
  bool is_reviewing_ = false;
};

}  // namespace brood
