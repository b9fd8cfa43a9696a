#include "net/watched_socket.hpp"

#include <cerrno>

namespace brood {

bool WatchedSocket::watch() noexcept {
  if (is_watched_) return true;
  watches_output_ = !socket_.may_send();
  is_watched_ = loop().watch(socket_.fd(), wanted_events(), *this);
  return is_watched_;
}

ssize_t WatchedSocket::send(std::string_view first, std::string_view second, int flags) noexcept {
  const ssize_t size = socket_.send(first, second, flags);
  if (size < 0 && errno == EAGAIN) {
    await_room();
    errno = EAGAIN;
  }
  return size;
}

void WatchedSocket::await_room() noexcept {
  socket_.expect_no_room();
  if (is_watched_ && !std::exchange(watches_output_, true))
    loop().rewatch(socket_.fd(), wanted_events(), *this);
}

void WatchedSocket::on_event(std::uint32_t events) {
  socket_.note(events);
  on_socket(events);
}

}  // namespace brood
