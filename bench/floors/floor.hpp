#pragma once
// The floors: what the same work costs when nothing but the work is done. They answer any bytes
// with one fixed reply: no parsing, no accounting, no time-outs, no supervision.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace floors {

inline constexpr std::string_view reply =
    "HTTP/1.1 200 OK\r\n"
    "Server: floor\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 9\r\n"
    "\r\n"
    "answered\n";
/// Without "Connection: close" a client would use the connection once more, in vain.
inline constexpr std::string_view last_reply =
    "HTTP/1.1 200 OK\r\n"
    "Server: floor\r\n"
    "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 9\r\n"
    "Connection: close\r\n"
    "\r\n"
    "answered\n";

/// Whether the client wants no further answer; a search, no parser.
inline bool wants_close(std::string_view request) noexcept {
  return request.find("onnection: close") != std::string_view::npos;
}

/// Reads what is there and replies. \return whether the connection stays open.
inline bool answer(int client) noexcept {
  std::array<char, 16384> bytes;
  const ssize_t size = ::read(client, bytes.data(), bytes.size());
  if (size <= 0) return false;
  const bool last = wants_close({bytes.data(), static_cast<std::size_t>(size)});
  const std::string_view text = last ? last_reply : reply;
  return ::write(client, text.data(), text.size()) >= 0 && !last;
}

/// A listener on 127.0.0.1 whose connections come with TCP_NODELAY.
/// \param type SOCK_STREAM, or'ed with SOCK_NONBLOCK where it is wanted.
inline int open_listener(std::uint16_t port, int type) {
  const int fd = ::socket(AF_INET, type, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(fd, SOMAXCONN) == 0)
    return fd;
  std::perror("floor");
  std::exit(3);
}

inline std::uint16_t number(std::string_view text) {
  std::uint16_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Arguments PORT WORKERS; forks the workers, each of which runs `serve(listener)` for ever.
template <class Serve>
int run(int argc, char** argv, int socket_type, Serve serve) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s PORT WORKERS\n", argv[0]);
    return 2;
  }
  const int listener = open_listener(number(argv[1]), socket_type);
  std::signal(SIGPIPE, SIG_IGN);
  for (int left = number(argv[2]); left > 0; --left) {
    if (::fork() != 0) continue;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(listener);
  }
  while (::wait(nullptr) > 0) continue;
  return 0;
}

}  // namespace floors
