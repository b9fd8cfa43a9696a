#include "serve/worker/orders.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "os/channel.hpp"
#include "os/lived_clock.hpp"

namespace brood {
namespace {

/// A worker whose clients leave it no time to wait asks so often whether a SIGTERM is pending.
constexpr Duration look_interval = std::chrono::milliseconds{50};

volatile std::sig_atomic_t sigterm_seen = 0;

void on_sigterm(int) {
  sigterm_seen = 1;
}

timespec until(TimePoint deadline) noexcept {
  const std::int64_t left = std::max<std::int64_t>(0, (deadline - lived_now()).count());
  return {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
}

/// For epoll: never too early.
int timeout_ms(TimePoint deadline) noexcept {
  if (deadline == never) return -1;
  const Duration left = std::max(deadline - lived_now(), Duration{0});
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(left).count());
}

}  // namespace

Orders::Orders(int channel_fd, const std::atomic<std::uint32_t>& given) noexcept
    : channel_fd_(channel_fd), given_(given), given_before_(given.load()), looked_(lived_now()) {
  sigset_t only_term;
  sigemptyset(&only_term);
  sigaddset(&only_term, SIGTERM);
  sigprocmask(SIG_BLOCK, &only_term, &open_mask_);
  sigdelset(&open_mask_, SIGTERM);
  struct sigaction action {};
  action.sa_handler = on_sigterm;
  sigaction(SIGTERM, &action, nullptr);
}

Orders::Orders(Relayed, int relay_fd, const std::atomic<std::uint32_t>& given) noexcept
    : channel_fd_(relay_fd), given_(given), given_before_(given.load()), looked_(lived_now()) {
  ::pthread_sigmask(SIG_BLOCK, nullptr, &open_mask_);
}

Orders Orders::relayed(int relay_fd, const std::atomic<std::uint32_t>& given) noexcept {
  return {Relayed{}, relay_fd, given};
}

bool Orders::wait_for_acknowledgement() noexcept {
  while (!acknowledged_ && !leaving_) wait(-1, 0, never);
  nudged_ = false;
  return !leaving_;
}

bool Orders::watch(std::span<const int> listeners, bool exclusive, int other) noexcept {
  listeners_.assign(listeners.begin(), listeners.end());
  epoll_fd_.reset(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{.events = EPOLLIN, .data = {.fd = channel_fd_}};
  bool added = ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, channel_fd_, &event) == 0;
  event.data.fd = other;
  if (other >= 0) added = added && ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, other, &event) == 0;
  event.events = exclusive ? EPOLLIN | EPOLLEXCLUSIVE : EPOLLIN;
  for (const int listener : listeners_) {
    event.data.fd = listener;
    added = added && ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, listener, &event) == 0;
  }
  return added;
}

void Orders::forget(int listener) noexcept {
  ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, listener, nullptr);
  std::erase(listeners_, listener);
}

std::span<const int> Orders::wait_for_client(TimePoint deadline) noexcept {
  std::array<epoll_event, 8> events;
  ready_.clear();
  const int count = ::epoll_pwait(epoll_fd_.get(), events.data(), static_cast<int>(events.size()),
                                  timeout_ms(deadline), &open_mask_);
  if (count < 0 && errno != EINTR) give_up();
  if (count < 0) note_interruption();
  for (int at = 0; at < count; ++at) {
    const int fd = events[static_cast<std::size_t>(at)].data.fd;
    if (fd == channel_fd_)
      read_commands();
    else if (std::ranges::find(listeners_, fd) != listeners_.end())
      ready_.push_back(fd);
  }
  if (nudged_ || leaving_) ready_ = listeners_;
  nudged_ = false;
  return ready_;
}

Orders::Wait Orders::wait(int fd, short events, TimePoint deadline, int client) noexcept {
  for (;;) {
    // An order that was seen once is known; its descriptor would only keep waking us.
    std::array<pollfd, 3> watched{
        pollfd{.fd = fd, .events = events, .revents = 0},
        pollfd{.fd = leaving_ ? -1 : channel_fd_, .events = POLLIN, .revents = 0},
        pollfd{.fd = client, .events = 0, .revents = 0}};
    const timespec left = until(deadline);
    const int count =
        ::ppoll(watched.data(), watched.size(), deadline == never ? nullptr : &left, &open_mask_);
    const bool was_leaving = leaving_;
    if (count < 0) note_interruption();
    if (count > 0 && watched[1].revents != 0) read_commands();
    if (count > 0 && watched[2].revents != 0) return Wait::lost;
    if (count > 0 && watched[0].revents != 0) return Wait::ready;
    if (leaving_ && !was_leaving) return Wait::ordered;
    if (count == 0 && lived_after(deadline) >= deadline) return Wait::timed_out;
    if (acknowledged_ && fd < 0 && deadline == never) return Wait::ordered;
  }
}

void Orders::look(TimePoint now) noexcept {
  const std::uint32_t given = given_.load(std::memory_order_acquire);
  if (given == given_before_ && now - looked_ < look_interval) return;
  given_before_ = given;
  looked_ = now;
  wait(-1, 0, TimePoint{});
}

void Orders::read_commands() noexcept {
  std::array<std::uint8_t, 8 * status_frame_size> bytes;
  std::span<std::uint8_t> received(bytes);
  switch (receive_some(channel_fd_, received)) {
    case Transfer::would_block: return;
    case Transfer::done: break;
    case Transfer::closed:
    case Transfer::failed: return leave();  // An orphan: nobody counts on it any more.
  }
  std::span<const std::uint8_t> input(received);
  Frame frame;
  auto step = decoder_.resume(input, frame);
  for (; step == FrameDecoder::Step::frame; step = decoder_.resume(input, frame)) obey(frame.kind);
  if (step == FrameDecoder::Step::corrupt) give_up();
}

void Orders::leave() noexcept {
  if (!std::exchange(leaving_, true) && on_leaving_) on_leaving_();
}

void Orders::obey(FrameKind command) noexcept {
  if (command == FrameKind::drain) leave();
  if (command != FrameKind::idle) return;
  nudged_ = acknowledged_;
  acknowledged_ = true;
}

void Orders::note_interruption() noexcept {
  if (sigterm_seen != 0) terminate();
}

}  // namespace brood
