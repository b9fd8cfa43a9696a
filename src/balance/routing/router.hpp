#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "balance/routing/choice.hpp"
#include "balance/routing/outlier.hpp"
#include "balance/routing/server.hpp"
#include "balance/routing/shared_permits.hpp"
#include "balance/routing/strategy.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"

namespace brood {

/// How a request ended at a server, as far as the choice of the next one is concerned.
enum class Outcome : std::uint8_t {
  answered,    ///< A whole response came, or a connection was carried to its end.
  failed,      ///< Refused, reset, truncated, timed out, or see is_server_failure().
  broken_off,  ///< Failed behind its first byte: its time says nothing of how soon one comes.
  unanswered,  ///< The client left before the first byte came: so slow is the server at least.
  given_up,    ///< The client left at another time; says nothing about the server.
  not_sent,    ///< The permit was given back before anything was tried.
};

/// All that one forwarding thread knows of the servers, and its choice among them: what is in
/// flight, measured and reported, health, slow start, places. It is told the time and of each
/// thing that happens; it asks for nothing.
///
/// A request holds a permit of a server from began() to ended(). A server that is removed is kept
/// until its last request has ended, and is then forgotten; if it comes back before that, requests
/// of both its ids count, and only what is told of the new one is believed.
class Router {
 public:
  /// \param servers Those to begin with: 0 to servers.size() - 1. Each is available at its first
  ///   good verdict without a slow start.
  Router(const RoutingSettings& settings, std::vector<ServerSettings> servers, std::uint64_t seed);

  // --- What the prober and the control thread tell.

  /// A health document has come in time. \param age of what it says: half the probe's round trip at
  /// least.
  void reported(ServerId server, const ReportedLoad& load, Duration age, TimePoint now);
  /// One has come after its deadline: the server is saturated, not dead. Each halves its share, to
  /// an eighth at least; each report in time doubles it again.
  void reported_late(ServerId server, const ReportedLoad& load, Duration age, TimePoint now);
  /// From now on it is (not) among those that may be chosen. Coming up starts a slow start.
  void set_available(ServerId server, bool is_available, TimePoint now);
  /// Asked to drain by an operator, or no longer.
  void set_draining(ServerId server, bool is_draining) noexcept;
  /// It is not available yet, and nothing is known of it. If there is one in its slot, it is the
  /// same server, which has been removed: what that has in hand stays.
  void add(ServerId server, const ServerSettings& settings, TimePoint now);
  /// It finishes what it has, and is in nobody's count. \return it, if it has nothing in hand and
  /// is forgotten; else `no_server`.
  ServerId remove(ServerId server);
  /// Its permits, up to its max, are handed out by several together. Null: no longer.
  void share_permits(ServerId server, SharedPermits* permits);
  /// Its weight, its max and whether it is a backup are now these; what is known of it stays.
  void configure(ServerId server, const ServerSettings& settings, TimePoint now);

  // --- The path of a request.

  /// Whom to send it to. Servers in `tried` have failed this very request and come last: never
  /// chosen again while another one can be. \return server no_server, with the reason, if nobody
  /// can be chosen now: is_full (wait for a permit), or nobody is available.
  /// \param waiting How many wait for a permit, this one included: `least-time` passes over a slow
  ///   server while that is worth it, so ask again for the first when the queue has grown.
  Choice choose(const RequestKey& key, std::span<const ServerId> tried, TimePoint now,
                std::uint32_t waiting = 1);
  /// Whether a server could be chosen, now or once it has a permit, that is not in `tried`.
  bool has_other(std::span<const ServerId> tried) const noexcept;
  /// The request takes its permit. \return false: another thread has taken the last one since it
  /// was chosen; choose again.
  bool began(ServerId server, TimePoint now);
  /// The head of its response came, and it is none of a failure (is_server_failure()): what
  /// fails quickly must not look quick. \param latency until its first byte, since began().
  void answering(ServerId server, Duration latency, TimePoint now);
  /// It gives the permit back. \param duration since began(). \return the server that is forgotten,
  ///   as it has been removed and that was its last request; else `no_server`.
  ServerId ended(ServerId server, Outcome outcome, Duration duration, TimePoint now);

  // --- What is shown.

  // Of one that is forgotten they say nothing, but may be asked.
  const ServerView& view(ServerId server) const noexcept { return views_[server.slot]; }
  const ServerSettings& settings_of(ServerId server) const noexcept {
    return memories_[server.slot].settings;
  }
  /// Of the server in this slot; `no_server` if there is none.
  ServerId id_of(std::uint32_t slot) const noexcept { return memories_[slot].id; }
  /// Whether it gets requests, if it can: it is not removed.
  bool is_wanted(ServerId server) const noexcept {
    return is_known(server) && !memories_[server.slot].is_removed;
  }
  /// Slots: as many as there were servers at once.
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(views_.size()); }
  /// Requests that it was given since it was added.
  std::uint64_t given(ServerId server) const noexcept { return memories_[server.slot].given; }
  /// Of its full share, 0.1 to 1; below 1 while it starts slowly.
  double slow_start_progress(ServerId server, TimePoint now) const noexcept;

 private:
  /// What the views are made of.
  struct Memory {
    ServerId id = no_server;  ///< No server: the slot is free.
    ServerSettings settings{};
    bool is_up = false;
    bool has_verdict = false;
    bool is_draining = false;  ///< By an operator.
    bool is_removed = false;   ///< But has something in hand still.
    std::uint64_t given = 0;
    SharedPermits* permits = nullptr;  ///< Null: they are this router's alone.
    std::uint32_t shared_taken = 0;    ///< Of those.
    std::uint32_t sample_count = 0;    ///< Latencies measured, as far as it matters.
    Outlier outlier{};                 ///< Of those.
    double others = 0;                 ///< What other clients hold there, of late.
    std::uint32_t late_count = 0;      ///< Its share is halved so many times.
    TimePoint slow_since = never;      ///< When its slow start began; `never`: it is in none.
    TimePoint failures_at{};           ///< When view.failures was true.
  };

  bool is_counted(std::uint32_t slot) const noexcept {
    return memories_[slot].id != no_server && !memories_[slot].is_removed;
  }
  /// Whether what is told of it is about the server that is in its slot.
  bool is_known(ServerId server) const noexcept {
    return server.slot < size() && memories_[server.slot].id == server;
  }
  ServerId forget_if_idle(std::uint32_t slot);
  void note_outcome(std::uint32_t slot, Outcome outcome, Duration duration, TimePoint now);
  void take_report(std::uint32_t slot, const ReportedLoad& load, Duration age, TimePoint now);
  void begin_slow_start(std::uint32_t slot, TimePoint now);
  void catch_up(std::uint32_t slot) noexcept;
  void measure(std::uint32_t slot, Duration latency, TimePoint now) noexcept;
  void refresh(std::uint32_t slot, TimePoint now) noexcept;
  void refresh_availability(std::uint32_t slot) noexcept;
  void refresh_places() noexcept;
  std::uint32_t limit_of(std::uint32_t slot, double progress) const noexcept;
  void fade_failures(std::uint32_t slot, TimePoint now) noexcept;
  void age(std::uint32_t slot, TimePoint now) noexcept;
  void gather(std::span<const ServerId> tried, TimePoint now);
  bool has_permit(std::uint32_t slot) const;
  Choice wait(const Choice& how) const;
  void take_turn(std::uint32_t slot) noexcept;
  void keep_preferred(ServerId server);

  RoutingSettings settings_;
  // By slot. In one piece, as strategies go through all views for each request.
  std::vector<ServerView> views_;
  std::vector<Memory> memories_;
  // Of the last choice; kept so that none allocates.
  std::vector<ServerId> candidates_;
  std::vector<ServerId> full_;
  std::uint32_t in_flight_ = 0;  ///< Of all servers that are wanted.
  std::uint32_t wanted_ = 0;
  Duration usual_latency_{0};  ///< Until the first byte of an answer.
  double turn_ = 0;            ///< The last turn that was taken; who was away begins here.
  SplitMix random_;
};

}  // namespace brood
