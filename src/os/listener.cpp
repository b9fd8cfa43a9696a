#include "os/listener.hpp"

#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
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

/// \return 0 or errno.
int bind_and_listen(int fd, const Endpoint& endpoint, int backlog) noexcept {
  const int on = 1;
  if (endpoint.kind != Endpoint::Kind::unix_path) {
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (endpoint.kind == Endpoint::Kind::ipv6)
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  const SocketAddress address = to_address(endpoint);
  if (::bind(fd, address.get(), address.size) != 0) return errno;
  return ::listen(fd, backlog) != 0 ? errno : 0;
}

}  // namespace

std::uint32_t accept_queue_length(int listener_fd) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(listener_fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
    return unix_queue_length(listener_fd);
  return info.tcpi_unacked;  // Of a listening socket: the length of its accept queue.
}

void Listener::refuse_new() noexcept {
  if (!fd_) return;
  if (endpoint_.kind == Endpoint::Kind::unix_path) {
    ::unlink(endpoint_.path.c_str());
    return;
  }
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

void Listener::stop() noexcept {
  if (!fd_) return;
  ::shutdown(fd_.get(), SHUT_RD);
  if (endpoint_.kind == Endpoint::Kind::unix_path) ::unlink(endpoint_.path.c_str());
  fd_.reset();
}

std::variant<Listener, ListenError> listen_at(const Endpoint& endpoint, int backlog) {
  const int family = endpoint.kind == Endpoint::Kind::ipv4   ? AF_INET
                     : endpoint.kind == Endpoint::Kind::ipv6 ? AF_INET6
                                                             : AF_UNIX;
  UniqueFd fd{::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) return refusal(endpoint, errno);
  if (family == AF_UNIX) remove_if_stale(endpoint);
  if (const int error = bind_and_listen(fd.get(), endpoint, backlog); error != 0)
    return refusal(endpoint, error);
  Endpoint bound = endpoint;
  if (family != AF_UNIX) bound.port = to_endpoint(own_address(fd.get())).port;
  return Listener{std::move(fd), std::move(bound)};
}

}  // namespace brood
