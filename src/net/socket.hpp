#pragma once

#include <sys/types.h>

#include <brood/unique_fd.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "net/epoll_events.hpp"
#include "net/transport.hpp"

namespace brood {

/// A connected stream socket, or one that is being connected, and what is known of it between two
/// events of an edge-triggered epoll: so that no call is made which can only say that there is
/// nothing. It waits for nobody; see WatchedSocket.
class Socket {
 public:
  Socket() noexcept = default;
  explicit Socket(UniqueFd fd, std::unique_ptr<Transport> transport = nullptr) noexcept
      : fd_(std::move(fd)), transport_(std::move(transport)) {}

  int fd() const noexcept { return fd_.get(); }
  explicit operator bool() const noexcept { return static_cast<bool>(fd_); }
  /// Its bytes are those on the wire: they may be spliced, and waited for in recv(2).
  bool is_plain() const noexcept { return !transport_; }

  // --- What is known.

  /// Takes in what epoll has told.
  void note(std::uint32_t events) noexcept {
    if ((events & end_events) != 0) has_ended_ = true;
    if ((events & (EPOLLIN | end_events)) != 0) may_receive_ = true;
    if ((events & (EPOLLOUT | loss_events)) != 0) may_send_ = true;
  }
  /// Something may be there, whatever epoll has told.
  void expect_input() noexcept { may_receive_ = true; }
  /// It has taken no more from somebody who moves bytes by himself.
  void expect_no_room() noexcept { may_send_ = false; }
  /// Whether receive() may have something to say, and send() may take something.
  bool may_receive() const noexcept { return may_receive_; }
  bool may_send() const noexcept { return may_send_; }
  /// The other side has announced that it will send no more.
  bool has_ended() const noexcept { return has_ended_; }

  // --- Bytes. Results as of recv(2), send(2), sendfile(2), with errno; none of them waits.

  ssize_t receive(std::span<char> space) noexcept;
  /// The same for a plain one that blocks: waits for as long as SO_RCVTIMEO says.
  ssize_t await_and_receive(std::span<char> space) noexcept;
  /// \param flags 0 or MSG_MORE.
  ssize_t send(std::string_view first, std::string_view second = {}, int flags = 0) noexcept;
  /// \pre A plain one does not block: sendfile(2) knows no MSG_DONTWAIT.
  ssize_t send_file(int file, off_t offset, std::size_t size) noexcept;

  // --- The end.

  /// No more will be sent; the other side reads to the end of what was.
  void end_output() noexcept;
  /// Closing it will tell the other side of a reset, and leave no trace here: who closes first
  /// keeps the pair of ports in TIME_WAIT for a minute otherwise (RFC 9293, section 3.6).
  void reset_on_close() noexcept;

 private:
  ssize_t received(ssize_t size, std::size_t room) noexcept;
  ssize_t sent(ssize_t size) noexcept;

  UniqueFd fd_;
  bool may_receive_ = false;
  bool may_send_ = true;
  bool has_ended_ = false;
  std::unique_ptr<Transport> transport_;  ///< None: it is plain.
};

}  // namespace brood
