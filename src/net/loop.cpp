#include "net/loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <utility>

namespace brood {
namespace {

/// In the place of a watcher's number: the loop's own bell.
constexpr std::uint64_t bell_tag = ~0ULL;

UniqueFd must(int fd, const char* operation) {
  if (fd < 0) throw boost::system::system_error(errno, boost::system::system_category(), operation);
  return UniqueFd(fd);
}

}  // namespace

Watcher::Watcher(Loop& loop) : loop_(loop), id_(loop.enroll(*this)) {}

Watcher::~Watcher() {
  loop_.dismiss(id_);
}

Loop::Loop()
    : epoll_fd_(must(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      bell_fd_(must(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      now_(steady_now()),
      wheel_(now_) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = bell_tag}};
  if (::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, bell_fd_.get(), &event) != 0)
    must(-1, "epoll_ctl");
}

Loop::~Loop() {
  inbox_.clear();
  end_lives();
}

bool Loop::control(int operation, int fd, std::uint32_t events, const Watcher& watcher) noexcept {
  epoll_event event{.events = events, .data = {.u64 = watcher.id_}};
  return ::epoll_ctl(epoll_fd_.get(), operation, fd, &event) == 0;
}

bool Loop::watch(int fd, std::uint32_t events, Watcher& watcher) noexcept {
  return control(EPOLL_CTL_ADD, fd, events | EPOLLET, watcher);
}

bool Loop::rewatch(int fd, std::uint32_t events, Watcher& watcher) noexcept {
  return control(EPOLL_CTL_MOD, fd, events | EPOLLET, watcher);
}

bool Loop::watch_shared(int fd, Watcher& watcher) noexcept {
  return control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE, watcher);
}

void Loop::unwatch(int fd) noexcept {
  ::epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Loop::set_deadline(const Watcher& watcher, TimePoint deadline) {
  wheel_.set_roughly(watcher.id_, deadline);
}

void Loop::again(const Watcher& watcher) {
  paused_.push_back(watcher.id_);
}

void Loop::bury(std::unique_ptr<Watcher> watcher) {
  watchers_[watcher->id_] = nullptr;
  wheel_.remove(watcher->id_);
  buried_.push_back(std::move(watcher));
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(inbox_mutex_);
    inbox_.push_back(std::move(task));
    if (inbox_.size() > 1) return;  // The bell has been rung for an earlier one.
  }
  ring();
}

void Loop::ring() noexcept {
  const std::uint64_t one = 1;
  // It fails only when the counter is full, and then the loop is woken anyway.
  [[maybe_unused]] const ssize_t written = ::write(bell_fd_.get(), &one, sizeof one);
}

void Loop::stop() noexcept {
  is_running_.store(false, std::memory_order_release);
  ring();
}

void Loop::run() {
  while (is_running_.load(std::memory_order_acquire)) turn();
}

int Loop::patience_ms() const noexcept {
  if (!resuming_.empty()) return 0;
  const TimePoint next = wheel_.next();
  if (next == never) return -1;
  const Duration left = next - now_;
  return static_cast<int>(
      std::chrono::ceil<std::chrono::milliseconds>(std::max(left, Duration{0})).count());
}

void Loop::turn() {
  resuming_.swap(paused_);
  const int count = ::epoll_wait(epoll_fd_.get(), events_.data(), static_cast<int>(events_.size()),
                                 patience_ms());
  now_ = steady_now();
  for (int at = 0; at < count; ++at) {
    const epoll_event& event = events_[static_cast<std::size_t>(at)];
    if (event.data.u64 == bell_tag)
      run_tasks();
    else if (Watcher* const watcher = watchers_[event.data.u64]; watcher != nullptr)
      watcher->on_event(event.events);
  }
  resume_paused();
  expire();
  run_woken();
  end_lives();
  free_ids_.insert(free_ids_.end(), freed_ids_.begin(), freed_ids_.end());
  freed_ids_.clear();
}

void Loop::run_tasks() {
  std::uint64_t rings = 0;
  [[maybe_unused]] const ssize_t size = ::read(bell_fd_.get(), &rings, sizeof rings);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(inbox_mutex_);
    tasks.swap(inbox_);
  }
  for (const auto& task : tasks) task();
}

/// A number may be another's by now, to whom it says nothing.
void Loop::resume_paused() {
  for (const std::uint32_t id : resuming_)
    if (Watcher* const watcher = watchers_[id]; watcher != nullptr) watcher->on_event(0);
  resuming_.clear();
}

/// Who goes on may have others go on.
void Loop::run_woken() {
  for (std::size_t at = 0; at < woken_.size(); ++at)
    if (Watcher* const watcher = watchers_[woken_[at]]; watcher != nullptr) watcher->on_event(0);
  woken_.clear();
}

void Loop::expire() {
  due_.clear();
  wheel_.expire(now_, due_);
  for (const std::uint32_t id : due_)
    if (Watcher* const watcher = watchers_[id]; watcher != nullptr) watcher->on_deadline();
}

/// One whose life ends may bury another.
void Loop::end_lives() noexcept {
  for (std::size_t at = 0; at < buried_.size(); ++at)
    const std::unique_ptr<Watcher> last = std::move(buried_[at]);
  buried_.clear();
}

std::uint32_t Loop::enroll(Watcher& watcher) {
  if (free_ids_.empty()) {
    watchers_.push_back(&watcher);
    return static_cast<std::uint32_t>(watchers_.size() - 1);
  }
  const std::uint32_t id = free_ids_.back();
  free_ids_.pop_back();
  watchers_[id] = &watcher;
  return id;
}

void Loop::dismiss(std::uint32_t id) noexcept {
  watchers_[id] = nullptr;
  wheel_.remove(id);
  freed_ids_.push_back(id);
}

}  // namespace brood
