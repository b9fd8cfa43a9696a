#include "support/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace brood::test {
namespace {

using Clock = std::chrono::steady_clock;

bool equal_in_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

/// Waits for `events`. \return false when the deadline has passed.
bool await(int fd, short events, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() < 0) return false;
    pollfd watched{.fd = fd, .events = events, .revents = 0};
    const int count = ::poll(&watched, 1, static_cast<int>(left.count()));
    if (count > 0) return true;
    if (count == 0) return false;
  }
}

template <class Address>
UniqueFd connect_to(int family, const Address& address) {
  UniqueFd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return UniqueFd{};
  return fd;
}

std::vector<std::pair<std::string, std::string>> split_headers(std::string_view head) {
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t begin = head.find("\r\n");
  while (begin != std::string_view::npos) {
    const std::size_t end = head.find("\r\n", begin + 2);
    const std::string_view line = head.substr(begin + 2, end - begin - 2);
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    begin = end;
  }
  return headers;
}

}  // namespace

std::string Reply::header(std::string_view name) const {
  for (const auto& [known, value] : headers)
    if (equal_in_any_case(known, name)) return value;
  return "";
}

std::optional<Reply> take_reply(std::string& bytes, bool to_head) {
  const std::size_t head_size = bytes.find("\r\n\r\n");
  if (head_size == std::string::npos) return std::nullopt;
  Reply reply;
  if (bytes.starts_with("HTTP/1.1 ")) reply.status = std::atoi(bytes.c_str() + 9);
  reply.headers = split_headers(std::string_view(bytes).substr(0, head_size));
  const bool has_body = !to_head && reply.status >= 200;
  const std::string length = reply.header("Content-Length");
  const std::size_t body_size = has_body && !length.empty() ? std::stoul(length) : 0;
  if (bytes.size() < head_size + 4 + body_size) return std::nullopt;
  reply.body = bytes.substr(head_size + 4, body_size);
  bytes.erase(0, head_size + 4 + body_size);
  return reply;
}

UniqueFd Client::connect_tcp(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect_to(AF_INET, address);
}

UniqueFd Client::connect_tcp6(std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  address.sin6_addr = in6addr_loopback;
  return connect_to(AF_INET6, address);
}

UniqueFd Client::connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof address.sun_path - 1));
  return connect_to(AF_UNIX, address);
}

bool Client::send(std::string_view bytes) {
  const auto deadline = Clock::now() + patience;
  while (!bytes.empty()) {
    const ssize_t size = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0)
      bytes.remove_prefix(static_cast<std::size_t>(size));
    else if (errno != EAGAIN || !await(fd_.get(), POLLOUT, deadline))
      return false;
  }
  return true;
}

void Client::half_close() noexcept {
  ::shutdown(fd_.get(), SHUT_WR);
}

void Client::abort() noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

Client::Got Client::read_some(Clock::time_point deadline) {
  if (!fd_) return Got::end;
  if (!await(fd_.get(), POLLIN, deadline)) return Got::nothing;
  std::array<char, 16384> bytes;
  const ssize_t size = ::recv(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size <= 0) return Got::end;
  received_.append(bytes.data(), static_cast<std::size_t>(size));
  return Got::bytes;
}

Reply Client::read_reply(bool to_head, std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  for (;;) {
    if (auto reply = take_reply(received_, to_head)) return *std::move(reply);
    if (read_some(deadline) != Got::bytes) return {};
  }
}

std::pair<std::string, bool> Client::read_to_end(std::chrono::milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  Got got = Got::bytes;
  while (got == Got::bytes) got = read_some(deadline);
  return {std::exchange(received_, {}), got == Got::end};
}

Reply Client::exchange(std::string_view request, bool to_head) {
  if (!is_connected()) return {};
  send(request);
  return read_reply(to_head);
}

std::string get_request(std::string_view path, const std::vector<std::string>& headers) {
  std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: test\r\n";
  for (const std::string& header : headers) request += header + "\r\n";
  return request + "\r\n";
}

Reply get(std::uint16_t port, std::string_view path, const std::vector<std::string>& headers) {
  std::vector<std::string> all = headers;
  all.emplace_back("Connection: close");
  return Client::tcp(port).exchange(get_request(path, all));
}

Load::Load(const Plan& plan) : plan_(plan) {
  for (int client = 0; client < plan_.clients; ++client) threads_.emplace_back([this] { run(); });
}

void Load::run() {
  while (!stopping_)
    if (!serve_connection()) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

bool Load::serve_connection() {
  auto begun = Clock::now();
  Client client = Client::tcp(plan_.port);
  if (!client.is_connected()) {
    note_failure(std::string("connect: ") + std::strerror(errno));
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    ++counts_.connections;
  }
  for (int left = plan_.requests_per_connection; left > 0 && !stopping_; --left) {
    const std::vector<std::string> last{"Connection: close"};
    const bool closes = left == 1;
    const Reply reply =
        client.exchange(get_request(plan_.path, closes ? last : std::vector<std::string>{}));
    if (!note(reply, begun)) return false;
    // A server may close after any answer; it says so in it.
    if (reply.header("Connection") == "close") break;
    begun = Clock::now();
  }
  return true;
}

bool Load::note(const Reply& reply, Clock::time_point begun) {
  if (reply.status != 200) {
    note_failure("status " + std::to_string(reply.status) + " instead of 200: " + reply.body);
    return false;
  }
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - begun);
  const std::lock_guard lock(mutex_);
  ++counts_.ok;
  counts_.slowest = std::max(counts_.slowest, took);
  return true;
}

void Load::note_failure(std::string what) {
  const std::lock_guard lock(mutex_);
  if (counts_.failed++ == 0) counts_.first_failure = std::move(what);
}

bool Load::reaches(std::uint64_t ok_count) {
  return eventually([&] { return counts().ok >= ok_count; });
}

LoadCounts Load::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

LoadCounts Load::stop() {
  stopping_ = true;
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
  return counts();
}

}  // namespace brood::test
