#include "cli/announcer.hpp"

#include <utility>

namespace brood {
namespace {

constexpr Duration interval = std::chrono::milliseconds{200};
/// Who looks at everything so late is not what a watchdog takes for a sound server.
constexpr Duration late = std::chrono::seconds{1};

}  // namespace

Announcer::Announcer(boost::asio::io_context& context, ServiceManager manager, Look look)
    : timer_(context),
      manager_(std::move(manager)),
      look_(std::move(look)),
      news_(manager_.watchdog()) {
  if (manager_.is_there()) await();
}

Announcer::~Announcer() {
  manager_.tell(news_.tick(steady_now(), {.phase = ServiceNews::Phase::stopping}));
}

void Announcer::await() {
  due_ = steady_now() + interval;
  timer_.expires_after(interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    tell();
    await();
  });
}

void Announcer::tell() {
  const TimePoint now = steady_now();
  ServiceNews::Now state = look_();
  state.is_well = now - due_ < late;
  manager_.tell(news_.tick(now, state));
}

}  // namespace brood
