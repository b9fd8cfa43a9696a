#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <brood/unique_fd.hpp>
#include "base/clock.hpp"
#include "base/endpoint.hpp"

namespace brood {

/// Connections that wait to be accepted at a listening socket, whoever owns it. 0 if the kernel
/// does not tell. Where accepts are deferred, that is clients whose first bytes are there: who has
/// said nothing yet is among the kernel's half-open ones, which this does not count
/// (`tcpi_unacked` is `sk_ack_backlog`, tcp_get_info() in net/ipv4/tcp.c).
std::uint32_t accept_queue_length(int listener_fd) noexcept;

/// Which socket file it is, whatever its name.
struct FileIdentity {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// How to listen.
struct ListenSettings {
  int backlog = 4096;
  /// For so long, about, the kernel keeps to itself who has connected and said nothing
  /// (TCP_DEFER_ACCEPT, tcp(7)): for clients who speak first. It counts in steps of 1, 3, 7, 15
  /// and 31 s; the longest that is not longer is taken, the shortest at least. It does not while
  /// its queue of half-open connections overflows (SYN cookies), nor at a unix socket. 0: never.
  Duration deferral{0};
  mode_t unix_mode = 0;  ///< Of a socket file; 0: as the umask says.
};

/// A listening socket and where it is. Non-blocking: of several workers that a connection has
/// woken, only one gets it. Removes its socket file, if it made one, when closed by its owner,
/// but never one that a successor has put into its place.
class Listener {
 public:
  /// \param endpoint where `fd` listens. \param asked what was asked for.
  Listener(UniqueFd fd, Endpoint endpoint, Endpoint asked, const ListenSettings& settings) noexcept;
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) noexcept = default;

  int fd() const noexcept { return fd_.get(); }
  /// With the port that the kernel chose where 0 was asked for.
  const Endpoint& endpoint() const noexcept { return endpoint_; }
  /// Whether it is what is asked for with `endpoint`: port 0 is any that was given for it before.
  bool serves(const Endpoint& endpoint) const noexcept {
    return endpoint == asked_ || endpoint == endpoint_;
  }
  /// As far as they can be changed while clients come: backlog, deferral and mode. A mode that was
  /// given cannot be taken back.
  void adjust(const ListenSettings& settings) noexcept;

  std::uint32_t waiting() const noexcept { return accept_queue_length(fd_.get()); }

  /// Whether clients can connect: nobody has shut it down, through whichever process.
  bool is_listening() const noexcept;
  /// After somebody has: listens again at the same place. \return 0 or errno.
  /// \param is_new set if it is another socket now, under the same number in this process only.
  int restore(bool& is_new) noexcept;

  /// From now on nobody new can connect; who has is accepted still. A client's SYN goes unheard
  /// and is sent again after a second, when the port will be closed: between the last accept()
  /// and the closing, nobody is lost. Removes the socket file.
  void refuse_new() noexcept;

  /// Leaves the listening to others who hold it, if there are any; else what waits is refused.
  /// Removes the socket file.
  void leave() noexcept;

  /// From now on nobody can connect, through whichever process; what waits is refused (at a unix
  /// socket: when the last worker has closed its copy). Removes the socket file.
  void stop() noexcept;

 private:
  void remove_file() noexcept;

  UniqueFd fd_;
  Endpoint endpoint_;
  Endpoint asked_;
  ListenSettings settings_;
  FileIdentity file_;  ///< Of a unix path.
};

/// Lets this process's copies of listeners go: others go on listening there, and for the last one
/// it is the end. The numbers stay taken, by what nobody waits at. \pre no epoll of this process
/// watches them: it would go on for as long as anybody has the listener.
void let_go(std::span<const int> listener_fds) noexcept;

/// The kernel's own bound on every backlog (net.core.somaxconn); 0 if it does not tell.
std::uint32_t backlog_max() noexcept;

/// Why nothing could be bound: one line that names the endpoint, the trouble and the remedy.
using ListenError = std::string;

/// Binds and listens. A socket file that nobody answers at is stale and removed; a live one is
/// refused. TCP listeners hand TCP_NODELAY on to what they accept.
std::variant<Listener, ListenError> listen_at(const Endpoint& endpoint,
                                              const ListenSettings& settings);

}  // namespace brood
