#pragma once

#include <sys/epoll.h>

#include <brood/unique_fd.hpp>
#include <cstdint>

namespace brood {

/// Who an event is for. The generation tells a connection from an earlier one in its place: an
/// event may have been on its way when that was closed.
struct EventTag {
  enum class Kind : std::uint8_t { channel, signal, listener, client, source };
  Kind kind = Kind::channel;
  std::uint32_t generation = 0;  ///< 24 bits of it count.
  std::uint32_t index = 0;       ///< A listener's descriptor, a client's number.

  static EventTag from(std::uint64_t word) noexcept {
    return {static_cast<Kind>(word >> 56), static_cast<std::uint32_t>(word >> 32 & generation_mask),
            static_cast<std::uint32_t>(word)};
  }
  std::uint64_t word() const noexcept {
    return static_cast<std::uint64_t>(kind) << 56 |
           static_cast<std::uint64_t>(generation & generation_mask) << 32 | index;
  }

  static constexpr std::uint32_t generation_mask = (1U << 24) - 1;
};

/// An epoll instance. Each call returns false or -1 with errno.
class Epoll {
 public:
  Epoll() noexcept : fd_(::epoll_create1(EPOLL_CLOEXEC)) {}

  bool add(int fd, std::uint32_t events, EventTag tag) noexcept {
    return control(EPOLL_CTL_ADD, fd, events, tag);
  }
  bool modify(int fd, std::uint32_t events, EventTag tag) noexcept {
    return control(EPOLL_CTL_MOD, fd, events, tag);
  }
  void remove(int fd) noexcept { ::epoll_ctl(fd_.get(), EPOLL_CTL_DEL, fd, nullptr); }

  template <class Events>
  int wait(Events& events, int timeout_ms) noexcept {
    return ::epoll_wait(fd_.get(), events.data(), static_cast<int>(events.size()), timeout_ms);
  }

 private:
  bool control(int operation, int fd, std::uint32_t events, EventTag tag) noexcept {
    epoll_event event{.events = events, .data = {.u64 = tag.word()}};
    return ::epoll_ctl(fd_.get(), operation, fd, &event) == 0;
  }

  UniqueFd fd_;
};

}  // namespace brood
