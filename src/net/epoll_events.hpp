#pragma once

#include <sys/epoll.h>

#include <cstdint>

namespace brood {

// What a connection waits for, and what of its events tells that it ends or is lost.
inline constexpr std::uint32_t input_events = EPOLLIN | EPOLLRDHUP;
inline constexpr std::uint32_t end_events = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
inline constexpr std::uint32_t loss_events = EPOLLHUP | EPOLLERR;

}  // namespace brood
