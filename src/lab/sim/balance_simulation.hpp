#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "lab/sim/balance_event.hpp"
#include "lab/sim/balance_model.hpp"
#include "lab/sim/balance_result.hpp"
#include "lab/sim/event_queue.hpp"
#include "lab/sim/simulated_balancer.hpp"
#include "lab/sim/simulated_server.hpp"

namespace brood {

/// Clients, balancers and servers in virtual time. The same model and seed give the same run;
/// another strategy is asked to place the very same requests.
class BalanceSimulation {
 public:
  BalanceSimulation(const BalanceModel& model, std::uint64_t seed);

  /// From 0 until the last request is over. Once.
  BalanceResult run();

 private:
  enum class Phase : std::uint8_t { queued, placed, over };

  struct Request : Waiter {
    void on_permit(const Choice& choice, TimePoint) override;
    void on_turned_away(std::string_view why) override;

    BalanceSimulation* simulation = nullptr;
    std::uint32_t id = 0;
    std::uint32_t balancer = 0;
    TimePoint came;
    TimePoint permitted_at;
    double work = 0;
    RequestKey key;
    Phase phase = Phase::queued;
    std::uint32_t server = no_server.slot;
    std::uint32_t job = 0;  ///< Its present attempt, as the server knows it.
    std::uint32_t attempts = 0;
    std::uint32_t sent_count = 0;  ///< Attempts of which a server has seen something.
    std::vector<ServerId> tried;
  };

  struct Probe {
    std::uint32_t balancer = 0;
    std::uint32_t server = no_server.slot;
    TimePoint began;
    bool is_open = true;
  };

  void start();
  void handle(const BalanceEvent& event);
  void handle_server(const BalanceEvent& event);
  void handle_request(const BalanceEvent& event);

  // The clients' side.
  void schedule_arrival();
  void on_arrival();
  void on_queue_timeout(Request& request);
  void on_client_timeout(Request& request);
  void finish(Request& request, bool is_answered);

  // Attempts.
  void place(Request& request, std::uint32_t server);
  void on_job_done(std::uint32_t server);
  void on_answer(Request& request, bool is_error);
  void on_failure(Request& request, TrafficSign sign, RetryPhase phase);
  void give_back(Request& request, Outcome outcome);
  void serve_centrally();
  std::uint32_t quickest_idle() const;
  bool is_worth_waiting(std::uint32_t idle) const;
  void place_by_board(Request& request);

  void keep(std::uint32_t server, std::uint32_t balancer);
  void close_kept(std::uint32_t server, std::uint32_t balancer);
  void let_go(std::uint32_t server, std::uint32_t count);

  // Servers and probes.
  void change_condition(std::uint32_t server, std::uint32_t index);
  void tick(std::uint32_t server, Moment moment);
  void reschedule(std::uint32_t server);
  void send_probes(std::uint32_t balancer);
  void send_probe(std::uint32_t balancer, std::uint32_t server);
  ProbeResult unanswered(const Probe& probe) const;
  void end_probe(std::uint32_t probe, ProbeResult result);
  void arm(std::uint32_t balancer);
  void arm_review(std::uint32_t balancer, TimePoint at);
  void arm_one(TimePoint wanted, TimePoint& armed, BalanceEventKind kind, std::uint32_t balancer);
  void write_board();

  double draw_work();
  Request* open_request(std::uint32_t id);
  bool is_dead(std::uint32_t server) const {
    return servers_[server].condition().manner == Manner::dead;
  }
  bool has_balancers() const noexcept { return model_.knowledge == Knowledge::own; }
  bool is_counted(const Request& request) const {
    return request.came >= TimePoint{} + model_.warm_up;
  }
  void push(Duration delay, BalanceEventKind kind, std::uint32_t subject, std::uint32_t stamp = 0) {
    events_.push({.at = now_ + delay, .kind = kind, .subject = subject, .stamp = stamp});
  }

  BalanceModel model_;
  SplitMix arrivals_random_;
  SplitMix work_random_;
  TimePoint now_;
  EventQueue<BalanceEvent> events_;
  std::vector<SimulatedServer> servers_;
  std::vector<std::uint32_t> done_stamps_;  ///< Of each server's one `done` that holds.
  std::vector<TimePoint> done_at_;
  std::deque<SimulatedBalancer> balancers_;
  std::deque<Request> requests_;  ///< By id; the first of them is `first_request_`.
  std::uint32_t first_request_ = 0;
  std::uint32_t open_requests_ = 0;
  std::vector<std::uint32_t> requests_of_jobs_;
  std::deque<std::uint32_t> central_queue_;  ///< Requests.
  std::vector<Probe> probes_;
  std::vector<ServerView> board_;
  std::vector<ServerId> all_servers_;
  SplitMix board_random_;
  std::size_t load_step_ = 0;
  BalanceResult result_;
};

}  // namespace brood
