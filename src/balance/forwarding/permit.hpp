#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "balance/routing/dispatcher.hpp"

namespace brood {

/// A permit of a server for one request, or one connection in mode tcp, and the wait for it, in
/// however many goes. Pure.
class Permit final : private Waiter {
 public:
  enum class News : std::uint8_t { none, granted, turned_away };

  /// \param queue_timeout For all goes together; 0: no limit.
  /// \param wake Called where news come while it waits, from within somebody else's call: ask for
  ///   news() when that is over.
  Permit(Dispatcher& dispatcher, Duration queue_timeout, std::function<void()> wake)
      : dispatcher_(dispatcher), queue_timeout_(queue_timeout), wake_(std::move(wake)) {}

  /// For another request: nothing was tried, nothing was waited yet.
  void start() noexcept;
  void acquire(const RequestKey& key, TimePoint now);
  /// Its server has failed: see add_tried(). \param why As of Dispatcher::move_on().
  void move_on(const RequestKey& key, std::string_view why, TimePoint now);
  /// No effect if none is held, or waited for.
  void release(Outcome outcome, TimePoint now);
  /// Somebody else answers for it from now on.
  void hand_over() noexcept { is_held_ = false; }
  /// It waits by itself for a while: that counts. \return until when at most.
  TimePoint begin_pause(TimePoint now) noexcept;
  void end_pause(TimePoint now) noexcept { left_ -= now - waits_since_; }

  /// Said once.
  News news(TimePoint now);
  bool has_news() const noexcept { return has_news_; }
  bool is_held() const noexcept { return is_held_; }
  /// The one that it is, or was last, for. None is tried twice: whoever is given such a permit is
  /// turned away.
  ServerId server() const noexcept { return server_; }
  /// Those that have failed, in this order.
  std::vector<ServerId>& tried() noexcept { return tried_; }
  /// This one has. No effect if it has already.
  void add_tried();
  TimePoint granted_at() const noexcept { return granted_at_; }
  /// Until when it is waited for.
  TimePoint deadline() const noexcept { return deadline_; }
  std::string_view why_turned_away() const noexcept { return turned_away_; }
  /// As nobody could be reached, not because all are busy.
  bool has_found_nobody() const noexcept { return turned_away_ != Dispatcher::queue_is_full; }

 private:
  void on_permit(const Choice& choice, TimePoint now) override;
  void on_turned_away(std::string_view why) override;
  void tell();
  bool was_tried() const noexcept;

  Dispatcher& dispatcher_;
  Duration queue_timeout_;
  std::function<void()> wake_;
  std::vector<ServerId> tried_;
  TimePoint waits_since_;
  Duration left_{0};  ///< Of the time that it may wait.
  TimePoint deadline_ = never;
  TimePoint granted_at_;
  std::string_view turned_away_;
  ServerId server_ = no_server;
  bool is_held_ = false;
  bool has_news_ = false;
  bool is_asking_ = false;  ///< What comes now, comes to who asks.
};

}  // namespace brood
