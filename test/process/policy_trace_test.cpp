// `brood simulate` says beforehand what a policy will do: one recorded trace of bursts, simulated
// and then lived through by real pools, one with each policy.
#include <poll.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(policy_trace)

namespace {

using namespace brood::test;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Chosen so that it matters little when exactly the regulator's ticks come: a service that ended
// just when one comes, a second after another, would count as idle or as busy by chance.
constexpr int burst_count = 4, burst_size = 32;
constexpr double burst_period = 2.5;
constexpr double first_burst = 1.5;
constexpr double service = 1.3;

/// In seconds, as both sides are told them.
std::vector<double> arrivals() {
  std::vector<double> trace;
  for (int burst = 0; burst < burst_count; ++burst)
    trace.insert(trace.end(), burst_size, first_burst + burst * burst_period);
  return trace;
}

/// What is compared.
struct Outcome {
  double wait_p50 = 0, wait_p90 = 0, wait_p99 = 0;
  double total_max = 0;
  double answered = 0;
};

double percentile(std::vector<double> values, double percent) {
  std::ranges::sort(values);
  const auto rank =
      static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values.at(std::max<std::size_t>(rank, 1) - 1);
}

/// The number behind a name in the simulation's last table.
double figure(const std::string& table, const std::string& name) {
  const std::size_t at = table.find('\n' + name);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, name << " is not in\n" << table);
  return std::stod(table.substr(at + 1 + name.size()));
}

/// \param fork_us what a fork takes here: the one figure of the machine that matters.
Outcome simulated(const std::string& policy, std::int64_t fork_us) {
  std::string path = (std::filesystem::temp_directory_path() / "brood-trace-XXXXXX.csv").string();
  const brood::UniqueFd fd{::mkstemps(path.data(), 4)};
  std::ofstream file(path);
  for (const double at : arrivals()) file << at << ',' << service << '\n';
  file.close();
  const Finished run =
      run_to_end({.binary = BROOD_BINARY,
                  .options = {"simulate", "--policy", policy, "--trace", path, "--fork-cost",
                              std::to_string(std::max<std::int64_t>(fork_us, 1)) + "us"}});
  std::filesystem::remove(path);
  BOOST_REQUIRE_MESSAGE(run.status == 0, run.err);
  return {.wait_p50 = figure(run.out, "wait p50"),
          .wait_p90 = figure(run.out, "wait p90"),
          .wait_p99 = figure(run.out, "wait p99"),
          .total_max = figure(run.out, "max total"),
          .answered = figure(run.out, "served")};
}

/// A server and its clients, who come when the trace says, whether or not others wait.
class Life {
 public:
  explicit Life(const std::string& policy)
      : server_(
            {.binary = BROOD_BINARY, .options = {"--policy", policy, "--think-time", "1300ms"}}) {
    // Since its first tick was set, by its log.
    const double started = seconds_of(server_.wait_for("regulate"));
    const double day = 86'400;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double age = std::fmod(std::fmod(Seconds(now).count(), day) - started + day, day);
    begin_ = Clock::now() - std::chrono::duration_cast<Clock::duration>(Seconds(age));
  }

  /// Sends what is due and takes what has come. \return whether something is still to come.
  bool advance() {
    for (; next_ < trace_.size() && time_of(trace_[next_]) <= Clock::now(); ++next_) {
      clients_.push_back({Client::tcp(server_.port()), trace_[next_]});
      clients_.back().client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }
    std::vector<pollfd> watched;
    for (const Asking& asking : clients_)
      watched.push_back({.fd = asking.client.fd(), .events = POLLIN, .revents = 0});
    ::poll(watched.data(), watched.size(), 2);
    const auto now = Clock::now();
    for (std::size_t at = clients_.size(); at-- > 0;) {
      if (watched[at].revents == 0) continue;
      if (clients_[at].client.read_reply().status == 200)
        waits_.push_back(std::max(Seconds(now - time_of(clients_[at].at)).count() - service, 0.0));
      else
        ++failed_;
      clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return next_ < trace_.size() || !clients_.empty();
  }

  Outcome outcome() const {
    BOOST_TEST(failed_ == 0);
    Outcome seen{.wait_p50 = percentile(waits_, 50),
                 .wait_p90 = percentile(waits_, 90),
                 .wait_p99 = percentile(waits_, 99),
                 .total_max = 0,
                 .answered = static_cast<double>(waits_.size())};
    for (const LogLine& line : server_.log())
      seen.total_max = std::max(seen.total_max, static_cast<double>(number_of(line, "total")));
    return seen;
  }

  std::int64_t fork_us() const {
    std::vector<double> costs;
    for (const LogLine& line : server_.log("worker_started"))
      costs.push_back(static_cast<double>(number_of(line, "fork_us")));
    return static_cast<std::int64_t>(percentile(costs, 50));
  }

 private:
  struct Asking {
    Client client;
    double at;
  };
  Clock::time_point time_of(double seconds) const {
    return begin_ + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  }

  Server server_;
  Clock::time_point begin_;
  std::vector<double> trace_ = arrivals();
  std::size_t next_ = 0;
  std::vector<Asking> clients_;
  std::vector<double> waits_;
  int failed_ = 0;
};

bool within_a_fifth(double a, double b) {
  return std::abs(a - b) <= 0.2 * std::max(a, b);
}

void show(const char* name, const Outcome& outcome) {
  BOOST_TEST_MESSAGE(name << ": wait p50 " << outcome.wait_p50 << " s, p90 " << outcome.wait_p90
                          << " s, p99 " << outcome.wait_p99 << " s, workers at most "
                          << outcome.total_max << ", answered " << outcome.answered);
}

}  // namespace

BOOST_AUTO_TEST_CASE(simulation_and_life_agree_about_each_policy_under_bursts) {
  Life exponential("exponential"), demand("demand");
  for (bool goes_on = true; goes_on;) {
    const bool first = exponential.advance();
    goes_on = demand.advance() || first;
  }
  const Outcome seen_exponential = exponential.outcome(), seen_demand = demand.outcome();
  const Outcome said_exponential = simulated("exponential", exponential.fork_us());
  const Outcome said_demand = simulated("demand", demand.fork_us());
  show("exponential, life", seen_exponential);
  show("exponential, simulated", said_exponential);
  show("demand, life", seen_demand);
  show("demand, simulated", said_demand);

  for (const auto& [seen, said] :
       {std::pair{seen_exponential, said_exponential}, std::pair{seen_demand, said_demand}}) {
    BOOST_TEST(seen.answered == said.answered);
    BOOST_TEST(within_a_fifth(seen.total_max, said.total_max),
               seen.total_max << " workers, and " << said.total_max << " were foretold");
  }
  // Seconds that come from the rule. What `demand` leaves to wait are the milliseconds of forks,
  // and those depend on who else is at work: only that there is no more of it.
  BOOST_TEST(within_a_fifth(seen_exponential.wait_p99, said_exponential.wait_p99),
             seen_exponential.wait_p99 << " s, and " << said_exponential.wait_p99 << " foretold");
  BOOST_TEST(within_a_fifth(seen_exponential.wait_p90, said_exponential.wait_p90),
             seen_exponential.wait_p90 << " s, and " << said_exponential.wait_p90 << " foretold");
  for (const auto& [quick, slow] :
       {std::pair{seen_demand, seen_exponential}, std::pair{said_demand, said_exponential}})
    BOOST_TEST(quick.wait_p99 < slow.wait_p99 / 5);
  // It needs fewer workers all the same: it does not overshoot.
  BOOST_TEST(seen_demand.total_max < seen_exponential.total_max);
}

BOOST_AUTO_TEST_SUITE_END()
