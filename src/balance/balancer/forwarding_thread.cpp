#include "balance/balancer/forwarding_thread.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "balance/balancer/balancer.hpp"
#include "balance/balancer/deaf_thread.hpp"

namespace brood {

ForwardingThread::ForwardingThread(Balancer& balancer, const ForwardSettings& settings,
                                   std::span<const ForwardServer> servers, std::uint64_t seed,
                                   Forwarder::MakeClient make_client)
    : balancer_(balancer), forwarder_(settings, servers, seed, std::move(make_client), *this) {}

Result<void> ForwardingThread::start(std::span<const int> listening_fds) {
  for (const int fd : listening_fds) forwarder_.watch(fd);
  return start_deaf_thread(thread_, [this] { forwarder_.loop().run(); });
}

std::size_t ForwardingThread::stop() {
  forwarder_.loop().stop();
  if (!thread_.joinable()) return forwarder_.open();
  thread_.join();
  forwarder_.cut();
  return forwarder_.open();
}

void ForwardingThread::tell(std::function<void(Forwarder&)> task) {
  forwarder_.loop().post([this, task = std::move(task)] { task(forwarder_); });
}

void ForwardingThread::accepted() {
  SharedCounters& counters = balancer_.counters_;
  counters.open.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t count = counters.accepted.fetch_add(1) + 1;
  if (count < counters.wake_at.load() || counters.is_waking.exchange(true)) return;
  boost::asio::post(balancer_.context_, [&balancer = balancer_] { balancer.on_accepted(); });
}

void ForwardingThread::closed() {
  balancer_.counters_.open.fetch_sub(1, std::memory_order_relaxed);
}

bool ForwardingThread::is_crowded(std::size_t open) const {
  const SharedCounters& counters = balancer_.counters_;
  if (counters.threads == 1) return false;
  return open * counters.threads > counters.open.load(std::memory_order_relaxed) + counters.threads;
}

bool ForwardingThread::has_room() {
  SharedCounters& counters = balancer_.counters_;
  if (counters.open.load(std::memory_order_relaxed) < counters.open_max) return true;
  if (!counters.was_full.exchange(true))
    boost::asio::post(balancer_.context_, [&balancer = balancer_] { balancer.on_full(); });
  return false;
}

void ForwardingThread::saw(ServerId server, TrafficSign sign) {
  boost::asio::post(balancer_.context_,
                    [&balancer = balancer_, server, sign] { balancer.on_sign(server, sign); });
}

void ForwardingThread::left(ServerId server) {
  boost::asio::post(balancer_.context_,
                    [&balancer = balancer_, server] { balancer.on_left(server); });
}

void ForwardingThread::found_nobody() {
  boost::asio::post(balancer_.context_, [&balancer = balancer_] { balancer.on_found_nobody(); });
}

void ForwardingThread::logged(std::vector<AccessRecord> records) {
  boost::asio::post(balancer_.context_, [&balancer = balancer_, records = std::move(records)] {
    balancer.write_access(records);
  });
}

void ForwardingThread::cannot_accept(int error, Duration pause) {
  boost::asio::post(balancer_.context_, [&balancer = balancer_, error, pause] {
    balancer.on_cannot_accept(error, pause);
  });
}

void ForwardingThread::drained() {
  boost::asio::post(balancer_.context_, [this] { balancer_.on_thread_drained(*this); });
}

ThreadReport report_of(Forwarder& forwarder) {
  const Router& router = forwarder.router();
  const Dispatcher& dispatcher = forwarder.dispatcher();
  ThreadReport report{.open = forwarder.open(),
                      .queued = dispatcher.queued(),
                      .placed = dispatcher.placed(),
                      .given = dispatcher.given(),
                      .servers = {},
                      .decisions = dispatcher.decisions().last(),
                      .counters = forwarder.counters()};
  for (std::uint32_t slot = 0; slot < router.size(); ++slot) {
    const ServerId id = router.id_of(slot);
    report.servers.push_back(
        {.id = id,
         .view = router.view(slot),
         .given = router.given(slot),
         .slow_start = router.slow_start_progress(slot, forwarder.loop().now())});
  }
  return report;
}

}  // namespace brood
