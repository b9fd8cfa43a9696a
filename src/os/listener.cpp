#include "os/listener.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "os/socket_address.hpp"
#include "os/unix_queue.hpp"

namespace brood {
namespace {

std::string remedy(int error, const Endpoint& endpoint) {
  switch (error) {
    case EADDRINUSE:
      return endpoint.kind == Endpoint::Kind::unix_path
                 ? "another server answers there, or it is no socket: remove it or choose another "
                   "path"
                 : "another server listens there: stop it or choose another port";
    case EADDRNOTAVAIL: return "no interface of this machine has that address: see 'ip address'";
    case EACCES:
      return endpoint.kind == Endpoint::Kind::unix_path
                 ? "the directory is not writable for this user"
                 : "ports below 1024 need CAP_NET_BIND_SERVICE: choose a higher one";
    case ENOENT: return "its directory does not exist";
    case EAFNOSUPPORT: return "this kernel has no IPv6: use an IPv4 address";
    case EMFILE:
    case ENFILE: return "too many open files: raise 'ulimit -n'";
    default: return "see --listen";
  }
}

ListenError refusal(const Endpoint& endpoint, int error) {
  return "cannot listen at " + to_string(endpoint) + ": " +
         std::error_code(error, std::system_category()).message() + " (" + remedy(error, endpoint) +
         ")";
}

/// Removes a socket file that nobody listens at; leaves everything else for bind() to refuse.
void remove_if_stale(const Endpoint& endpoint) noexcept {
  struct stat status {};
  if (::lstat(endpoint.path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const UniqueFd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  const SocketAddress address = to_address(endpoint);
  if (::connect(probe.get(), address.get(), address.size) != 0 && errno == ECONNREFUSED)
    ::unlink(endpoint.path.c_str());
}

FileIdentity identity_of(const std::string& path) noexcept {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino};
}

void defer_accepts(int fd, Duration deferral) noexcept {
  constexpr int longest = 31;
  int step = 1;
  while (step < longest && std::chrono::seconds{2 * step + 1} <= deferral) step = 2 * step + 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &step, sizeof step);
}

/// \return 0 or errno.
int bind_and_listen(int fd, const Endpoint& endpoint, const ListenSettings& settings) noexcept {
  const int on = 1;
  if (endpoint.kind != Endpoint::Kind::unix_path) {
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (settings.deferral.count() > 0) defer_accepts(fd, settings.deferral);
  }
  if (endpoint.kind == Endpoint::Kind::ipv6)
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const SocketAddress address = to_address(endpoint);
  if (::bind(fd, address.get(), address.size) != 0) return errno;
  // Nobody can connect before listen(): there is no moment with a looser mode.
  if (endpoint.kind == Endpoint::Kind::unix_path && settings.unix_mode != 0 &&
      ::chmod(endpoint.path.c_str(), settings.unix_mode) != 0)
    return errno;
  return ::listen(fd, settings.backlog) != 0 ? errno : 0;
}

}  // namespace

std::uint32_t backlog_max() noexcept {
  std::uint32_t most = 0;
  std::ifstream("/proc/sys/net/core/somaxconn") >> most;
  return most;
}

std::uint32_t accept_queue_length(int listener_fd) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(listener_fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return unix_queue_length(listener_fd);
  return info.tcpi_unacked;  // Of a listening socket: the length of its accept queue.
}

Listener::Listener(UniqueFd fd, Endpoint endpoint, Endpoint asked,
                   const ListenSettings& settings) noexcept
    : fd_(std::move(fd)),
      endpoint_(std::move(endpoint)),
      asked_(std::move(asked)),
      settings_(settings) {
  if (endpoint_.kind == Endpoint::Kind::unix_path) file_ = identity_of(endpoint_.path);
}

/// shutdown(2) makes a TCP listener a socket that is merely bound; at a unix socket it shows as the
/// end of its input.
bool Listener::is_listening() const noexcept {
  int is_listening = 0;
  socklen_t size = sizeof is_listening;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) != 0) return false;
  pollfd ended{.fd = fd_.get(), .events = POLLRDHUP, .revents = 0};
  return is_listening != 0 && ::poll(&ended, 1, 0) <= 0;
}

int Listener::restore(bool& is_new) noexcept {
  is_new = endpoint_.kind == Endpoint::Kind::unix_path;
  if (!is_new) {
    // A port that the kernel chose was given back.
    const SocketAddress address = to_address(endpoint_);
    ::bind(fd_.get(), address.get(), address.size);
    return ::listen(fd_.get(), settings_.backlog) != 0 ? errno : 0;
  }
  remove_file();
  const UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return errno;
  if (const int error = bind_and_listen(fd.get(), endpoint_, settings_); error != 0) return error;
  if (::dup3(fd.get(), fd_.get(), O_CLOEXEC) < 0) return errno;
  file_ = identity_of(endpoint_.path);
  return 0;
}

void Listener::refuse_new() noexcept {
  if (!fd_) return;
  if (endpoint_.kind == Endpoint::Kind::unix_path) return remove_file();
  // Of the TCP header (RFC 9293, section 3.1), byte 13: SYN without ACK is dropped.
  constexpr unsigned char syn = 0x02;
  constexpr unsigned char ack = 0x10;
  std::array<sock_filter, 5> code{{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 13),
                                   BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 2),
                                   BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, ack, 1, 0),
                                   BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, ~0U)}};
  const sock_fprog filter{.len = code.size(), .filter = code.data()};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

void Listener::adjust(const ListenSettings& settings) noexcept {
  settings_ = settings;
  if (endpoint_.kind != Endpoint::Kind::unix_path && settings.deferral.count() > 0)
    defer_accepts(fd_.get(), settings.deferral);
  if (endpoint_.kind == Endpoint::Kind::unix_path && settings.unix_mode != 0 &&
      identity_of(endpoint_.path) == file_)
    ::chmod(endpoint_.path.c_str(), settings.unix_mode);
  ::listen(fd_.get(), settings.backlog);  // Of one that listens: its backlog alone (listen(2)).
}

void Listener::leave() noexcept {
  if (!fd_) return;
  remove_file();
  fd_.reset();
}

void Listener::stop() noexcept {
  if (!fd_) return;
  ::shutdown(fd_.get(), SHUT_RD);
  leave();
}

/// While our socket is open, no other file has its inode.
void Listener::remove_file() noexcept {
  if (endpoint_.kind != Endpoint::Kind::unix_path) return;
  if (identity_of(endpoint_.path) == file_) ::unlink(endpoint_.path.c_str());
}

void let_go(std::span<const int> listener_fds) noexcept {
  const UniqueFd nothing{::eventfd(0, EFD_CLOEXEC)};
  for (const int fd : listener_fds)
    if (!nothing || ::dup3(nothing.get(), fd, O_CLOEXEC) < 0) ::close(fd);
}

std::variant<Listener, ListenError> listen_at(const Endpoint& endpoint,
                                              const ListenSettings& settings) {
  const int family = endpoint.kind == Endpoint::Kind::ipv4   ? AF_INET
                     : endpoint.kind == Endpoint::Kind::ipv6 ? AF_INET6
                                                             : AF_UNIX;
  UniqueFd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return refusal(endpoint, errno);
  if (family == AF_UNIX) remove_if_stale(endpoint);
  if (const int error = bind_and_listen(fd.get(), endpoint, settings); error != 0)
    return refusal(endpoint, error);
  Endpoint bound = endpoint;
  if (family != AF_UNIX) bound.port = to_endpoint(own_address(fd.get())).port;
  return Listener{std::move(fd), std::move(bound), endpoint, settings};
}

}  // namespace brood
