#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/clock.hpp"
#include "routing/router.hpp"

namespace brood {

/// Who wants a place at a server: one request, or one connection in tcp mode.
class Applicant {
 public:
  /// A place is taken for it, until give_back(). Called from within apply(), or later.
  virtual void on_place(const Choice& choice) = 0;
  /// There is none: nobody can be reached, or the queue is full. Called from within apply(), or
  /// later when the last server went down.
  virtual void on_turned_away(std::string_view why) = 0;

 protected:
  ~Applicant() = default;

 private:
  friend class Dispatcher;
  Applicant* before_ = nullptr;  // In the queue.
  Applicant* after_ = nullptr;
  RequestKey key_;
  bool is_queued_ = false;
};

/// Hands out places at servers: at once, or in the order of application when one is given back. At
/// most `parallel` are out at a time, besides each server's own limit. Queued applicants mind
/// their own deadline and withdraw().
class Dispatcher {
 public:
  struct Limits {
    std::uint32_t parallel = 1024;   ///< -N: places out at once.
    std::uint32_t max_queue = 1024;  ///< 0: no bound.
  };

  Dispatcher(Router& router, const Limits& limits) : router_(router), limits_(limits) {}

  /// \param tried Servers that have failed this very request.
  void apply(Applicant& applicant, const RequestKey& key, std::span<const ServerId> tried,
             TimePoint now);
  /// It is no longer interested. No effect if it is not queued.
  void withdraw(Applicant& applicant) noexcept;
  void give_back(ServerId server, Outcome outcome, Duration duration, TimePoint now);
  /// Health or limits have changed: looks at the queue again.
  void review(TimePoint now);

  /// Nobody is given a place before the first verdicts are in.
  void open(TimePoint now);

  std::uint32_t queued() const noexcept { return queued_; }
  std::uint32_t placed() const noexcept { return placed_; }

 private:
  Router& router_;
  Limits limits_;
  Applicant* first_ = nullptr;
  Applicant* last_ = nullptr;
  std::uint32_t queued_ = 0;
  std::uint32_t placed_ = 0;
  bool is_open_ = false;
};

}  // namespace brood
