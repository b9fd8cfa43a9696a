#include "balance/balancer/lane.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "balance/balancer/balancer.hpp"
#include "balance/balancer/deaf_thread.hpp"

namespace brood {

Lane::Lane(Balancer& balancer, const ForwardSettings& settings,
           std::span<const ForwardServer> servers, std::uint64_t seed,
           Forwarder::MakeClient make_client)
    : balancer_(balancer), forwarder_(settings, servers, seed, std::move(make_client), *this) {}

Result<void> Lane::start(std::span<const int> listening_fds) {
  for (const int fd : listening_fds) forwarder_.watch(fd);
  return start_deaf_thread(thread_, [this] { forwarder_.loop().run(); });
}

std::size_t Lane::stop() {
  forwarder_.loop().stop();
  if (!thread_.joinable()) return forwarder_.open();
  thread_.join();
  forwarder_.cut();
  return forwarder_.open();
}

void Lane::tell(std::function<void(Forwarder&)> task) {
  forwarder_.loop().post([this, task = std::move(task)] { task(forwarder_); });
}

void Lane::accepted() {
  Crowd& crowd = balancer_.crowd_;
  crowd.open.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t count = crowd.accepted.fetch_add(1) + 1;
  if (count < crowd.wake_at.load() || crowd.is_waking.exchange(true)) return;
  boost::asio::post(balancer_.context_, [&balancer = balancer_] { balancer.on_accepted(); });
}

void Lane::closed() {
  balancer_.crowd_.open.fetch_sub(1, std::memory_order_relaxed);
}

bool Lane::is_crowded(std::size_t open) const {
  const Crowd& crowd = balancer_.crowd_;
  if (crowd.threads == 1) return false;
  return open * crowd.threads > crowd.open.load(std::memory_order_relaxed) + crowd.threads;
}

bool Lane::has_room() {
  Crowd& crowd = balancer_.crowd_;
  if (crowd.open.load(std::memory_order_relaxed) < crowd.open_max) return true;
  if (!crowd.was_full.exchange(true))
    boost::asio::post(balancer_.context_, [&balancer = balancer_] { balancer.on_full(); });
  return false;
}

void Lane::saw(ServerId server, TrafficSign sign) {
  boost::asio::post(balancer_.context_,
                    [&balancer = balancer_, server, sign] { balancer.on_sign(server, sign); });
}

void Lane::found_nobody() {
  boost::asio::post(balancer_.context_, [&balancer = balancer_] { balancer.on_found_nobody(); });
}

void Lane::logged(std::vector<AccessRecord> records) {
  boost::asio::post(balancer_.context_, [&balancer = balancer_, records = std::move(records)] {
    balancer.write_access(records);
  });
}

void Lane::cannot_accept(int error, Duration pause) {
  boost::asio::post(balancer_.context_, [&balancer = balancer_, error, pause] {
    balancer.on_cannot_accept(error, pause);
  });
}

void Lane::drained() {
  boost::asio::post(balancer_.context_, [this] { balancer_.on_lane_drained(*this); });
}

LaneReport report_of(Forwarder& forwarder) {
  const Router& router = forwarder.router();
  const Dispatcher& dispatcher = forwarder.dispatcher();
  LaneReport report{.open = forwarder.open(),
                    .queued = dispatcher.queued(),
                    .placed = dispatcher.placed(),
                    .servers = {},
                    .decisions = dispatcher.decisions().last()};
  for (ServerId id = 0; id < router.size(); ++id)
    report.servers.push_back(
        {.view = router.view(id),
         .given = dispatcher.given(id),
         .slow_start = router.slow_start_progress(id, forwarder.loop().now())});
  return report;
}

}  // namespace brood
