#include "os/service_manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <brood/unique_fd.hpp>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace brood {
namespace {

std::string take(const char* name) {
  const char* const value = std::getenv(name);
  std::string taken = value != nullptr ? value : "";
  ::unsetenv(name);
  return taken;
}

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || *end != '\0') return std::nullopt;
  return number;
}

}  // namespace

ServiceManager ServiceManager::take_from_environment() {
  ServiceManager manager;
  manager.address_ = take("NOTIFY_SOCKET");
  const bool is_known = manager.address_.starts_with('/') || manager.address_.starts_with('@');
  if (!is_known || manager.address_.size() >= sizeof sockaddr_un{}.sun_path) manager.address_ = {};
  if (manager.address_.starts_with('@')) manager.address_.front() = '\0';
  const auto interval = number_in<std::uint64_t>(take("WATCHDOG_USEC"));
  const auto pid = take("WATCHDOG_PID");
  const bool is_ours = pid.empty() || number_in<pid_t>(pid) == ::getpid();
  constexpr std::uint64_t day_us = 24ULL * 3600 * 1'000'000;
  if (interval && is_ours && manager.is_there())
    manager.watchdog_ = std::chrono::microseconds{std::min(*interval, day_us)};
  return manager;
}

void ServiceManager::tell(std::string_view lines) const noexcept {
  if (!is_there() || lines.empty()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  const std::size_t path_size = address_.size() + (address_.front() == '\0' ? 0 : 1);
  const UniqueFd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return;
  ::sendto(socket.get(), lines.data(), lines.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address),
           static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_size));
}

}  // namespace brood
