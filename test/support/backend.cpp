#include "support/backend.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace brood::test {
namespace {

/// How soon a thread sees that it is to leave.
constexpr int glance_ms = 10;

UniqueFd listen_at_port(std::uint16_t port) {
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd.get(), 512) != 0)
    throw std::system_error(errno, std::system_category(), "listen");
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace

std::string ok_reply(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

bool Visit::read_some() {
  while (!leaving_) {
    pollfd watched{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, glance_ms) == 0) continue;
    std::array<char, 65536> bytes;
    const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
  }
  return false;
}

bool Visit::waits(std::chrono::milliseconds limit) {
  pollfd watched{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return !received_.empty() || ::poll(&watched, 1, static_cast<int>(limit.count())) > 0;
}

std::string Visit::read_head() {
  for (;;) {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::string head = received_.substr(0, end + 4);
      received_.erase(0, end + 4);
      return head;
    }
    if (!read_some()) return {};
  }
}

std::string Visit::read(std::size_t size) {
  while (received_.size() < size && read_some()) continue;
  const std::string bytes = received_.substr(0, size);
  received_.erase(0, bytes.size());
  return bytes;
}

std::string Visit::read_to_end() {
  while (read_some()) continue;
  return std::exchange(received_, {});
}

bool Visit::send(std::string_view bytes) {
  while (!bytes.empty() && !leaving_) {
    pollfd watched{.fd = fd_.get(), .events = POLLOUT, .revents = 0};
    if (::poll(&watched, 1, glance_ms) == 0) continue;
    const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) continue;
    if (size < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return bytes.empty();
}

void Visit::half_close() noexcept {
  ::shutdown(fd_.get(), SHUT_WR);
}

void Visit::reset() noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

void Visit::hold() {
  read_to_end();
}

bool Visit::begins_with(std::string_view bytes) {
  while (received_.size() < bytes.size() && bytes.starts_with(received_) && read_some()) continue;
  return received_.starts_with(bytes);
}

Backend::Backend(Script script) : script_(std::move(script)) {
  start();
}

void Backend::tell(std::uint64_t entries, std::uint64_t errors) {
  tell_raw({ok_reply(std::to_string(errors) + '\n' + std::to_string(entries) + '\n')});
}

void Backend::tell_raw(std::vector<std::string> pieces) {
  const std::lock_guard lock(mutex_);
  probe_pieces_ = std::move(pieces);
}

void Backend::be_silent() {
  tell_raw({});
}

std::string Backend::last_probe() const {
  const std::lock_guard lock(mutex_);
  return last_probe_;
}

void Backend::start() {
  listener_ = listen_at_port(port_);
  port_ = port_of(listener_.get());
  leaving_ = false;
  acceptor_ = std::thread([this] { run(); });
}

void Backend::stop() {
  if (leaving_.exchange(true)) return;
  acceptor_.join();
  listener_.reset();
  for (std::thread& server : servers_) server.join();
  servers_.clear();
}

void Backend::run() {
  while (!leaving_) {
    pollfd watched{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&watched, 1, glance_ms) <= 0) continue;
    UniqueFd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) continue;
    // Shared with a function object, which must be copyable.
    servers_.emplace_back([this, raw = fd.release()] { serve(UniqueFd(raw)); });
  }
}

void Backend::serve(UniqueFd fd) {
  Visit visit(std::move(fd), leaving_);
  if (visit.begins_with("GET /healthcheck ")) return answer_probe(visit);
  ++visits_;
  if (script_) return script_(visit);
  if (!visit.read_head().empty()) visit.send(ok_reply(std::to_string(port_)));
}

void Backend::answer_probe(Visit& visit) {
  const std::string head = visit.read_head();
  std::vector<std::string> pieces{ok_reply("0\n0\n")};
  {
    const std::lock_guard lock(mutex_);
    last_probe_ = head;
    if (probe_pieces_) pieces = *probe_pieces_;
  }
  ++probes_;
  for (const std::string& piece : pieces) {
    if (!visit.send(piece)) return;
    // So that they arrive one by one.
    if (pieces.size() > 1) std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  if (pieces.empty() || keeps_probes_open_) visit.hold();
}

}  // namespace brood::test
