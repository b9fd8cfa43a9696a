#include "lab/load/load_client.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace brood {
namespace {

bool would_wait() noexcept {
  // A socket that is still being connected takes no bytes and has none.
  return errno == EAGAIN || errno == ENOTCONN || errno == EINTR;
}

LoadFailure failure_from(int error) noexcept {
  return error == ECONNRESET || error == EPIPE ? LoadFailure::reset : LoadFailure::connect;
}

}  // namespace

LoadClient::Progress LoadClient::begin() {
  body_bytes_ = 0;
  is_kept_ = fd_ && session_ && session_->may_be_reused();
  return is_kept_ ? ask() : open_and_ask();
}

LoadClient::Progress LoadClient::open_and_ask() {
  is_kept_ = false;
  auto fd = begin_connect(request_->target);
  if (!fd) return lose(LoadFailure::connect);
  fd_ = std::move(*fd);
  is_new_ = true;
  is_at_end_ = false;
  if (!session_) session_ = std::make_unique<ClientSession>(SessionLimits{});
  session_->start();
  return ask();
}

LoadClient::Progress LoadClient::ask() {
  const OutgoingRequest request{.method = "GET",
                                .target = request_->path,
                                .host = request_->host,
                                .connection = request_->keep_alive ? "" : "close"};
  if (!session_->begin_request(request)) return lose(LoadFailure::malformed);
  // On a new connection the request goes out when the kernel says that it is open. At once, it
  // would be there before a server on this machine has accepted, which spares that a wait.
  return is_kept_ ? advance() : Progress::waiting;
}

LoadClient::Progress LoadClient::advance() {
  Progress progress = Progress::waiting;
  if (!session_->output().empty() && !send_some(progress)) return progress;
  std::size_t size_left = pace_.receive_max;
  for (;;) {
    switch (session_->next()) {
      case ClientSession::Step::interim:
      case ClientSession::Step::head: break;
      case ClientSession::Step::body: body_bytes_ += session_->body_piece().size(); break;
      case ClientSession::Step::done: return finish();
      case ClientSession::Step::failed:
        return lose(is_at_end_ ? LoadFailure::cut_off : LoadFailure::malformed);
      case ClientSession::Step::need_bytes:
        if (!receive_some(size_left, progress)) return progress;
    }
  }
}

bool LoadClient::send_some(Progress& progress) {
  const std::string_view output = session_->output();
  const ssize_t size =
      ::send(fd_.get(), output.data(), std::min(output.size(), pace_.send_max), MSG_NOSIGNAL);
  if (size > 0) session_->sent(static_cast<std::size_t>(size));
  if (size < 0 && !would_wait()) progress = lose(failure_from(errno));
  return progress == Progress::waiting && session_->output().empty();
}

bool LoadClient::receive_some(std::size_t& size_left, Progress& progress) {
  if (size_left == 0) return false;
  const std::span<char> space = session_->space();
  const ssize_t size = ::recv(fd_.get(), space.data(), std::min(space.size(), size_left), 0);
  if (size < 0) {
    if (!would_wait()) progress = lose(failure_from(errno));
    return false;
  }
  if (size == 0) session_->end_of_input(), is_at_end_ = true;
  session_->received(static_cast<std::size_t>(size));
  size_left -= static_cast<std::size_t>(size);
  return true;
}

LoadClient::Progress LoadClient::finish() {
  const bool is_good = session_->head().line.status < 400;
  if (!session_->may_be_reused()) fd_.reset();
  if (is_good) return Progress::answered;
  failure_ = LoadFailure::status;
  return Progress::failed;
}

/// A server may close a kept connection at any time: then the request is sent again on a new one,
/// as every client does (RFC 9112, section 9.3.1).
LoadClient::Progress LoadClient::lose(LoadFailure failure) {
  const bool is_stale = is_kept_ && session_ && !session_->in_response() &&
                        (failure == LoadFailure::reset || failure == LoadFailure::cut_off);
  fd_.reset();
  if (is_stale) return open_and_ask();
  failure_ = failure;
  return Progress::failed;
}

void LoadClient::abandon() noexcept {
  failure_ = LoadFailure::timed_out;
  fd_.reset();
}

bool LoadClient::is_held() const noexcept {
  char byte = 0;
  return fd_ && ::recv(fd_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

}  // namespace brood
