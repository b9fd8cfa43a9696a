#include "control/socket/control_client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "http/client_session.hpp"
#include "os/peer_process.hpp"
#include "os/socket_address.hpp"

namespace brood {
namespace {

constexpr int wait_ms = 100;
constexpr SessionLimits answer_limits{.max_body_bytes = 256ULL * 1024 * 1024};

Failure failure(int error, const char* operation) noexcept {
  return {.code = {error, boost::system::system_category()}, .operation = operation};
}

/// \return false: the wait was given up.
bool await(int fd, short events, const std::function<bool()>& goes_on) {
  for (;;) {
    pollfd ready{.fd = fd, .events = events, .revents = 0};
    if (::poll(&ready, 1, wait_ms) > 0) return true;
    if (!goes_on()) return false;
  }
}

}  // namespace

Result<ControlClient> ControlClient::connect(const std::string& path) {
  constexpr int tries_max = 50;  // While a queue is full.
  const SocketAddress address =
      to_address({.kind = Endpoint::Kind::unix_path, .host = {}, .port = 0, .path = path});
  for (int tries = 1;; ++tries) {
    Result<UniqueFd> fd = begin_connect(address);
    if (fd) {
      const Result<PeerProcess> peer = peer_process(fd->get());
      return ControlClient(std::move(*fd), peer ? peer->pid : 0);
    }
    if (fd.error().code != boost::system::errc::resource_unavailable_try_again ||
        tries == tries_max)
      return fd.error();
    ::poll(nullptr, 0, wait_ms);
  }
}

Result<ControlReply> ControlClient::ask(std::string_view method, std::string_view target,
                                        std::string_view body,
                                        const std::function<bool()>& goes_on) {
  ClientSession session(answer_limits);
  session.start();
  const std::array<FieldView, 1> fields{{{.name = "Content-Type", .value = "application/json"}}};
  session.begin_request({.method = method,
                         .target = target,
                         .host = "brood",
                         .fields = fields,
                         .content_length = body.size(),
                         .connection = "close"});
  session.write_body(body);
  session.end_request();
  ControlReply reply;
  for (;;) {
    const std::string_view output = session.output();
    if (!output.empty()) {
      if (!await(fd_.get(), POLLOUT, goes_on)) return failure(ECANCELED, "send");
      const ssize_t size = ::send(fd_.get(), output.data(), output.size(), MSG_NOSIGNAL);
      if (size < 0 && errno == EPIPE) return failure(ECONNRESET, "send");
      if (size > 0) session.sent(static_cast<std::size_t>(size));
      continue;
    }
    switch (session.next()) {
      case ClientSession::Step::interim: break;
      case ClientSession::Step::head: reply.status = session.head().line.status; break;
      case ClientSession::Step::body: reply.body += session.body_piece(); break;
      case ClientSession::Step::done: return reply;
      case ClientSession::Step::failed:
        return failure(session.in_response() ? EPROTO : ECONNRESET, "receive");
      case ClientSession::Step::need_bytes: {
        if (!await(fd_.get(), POLLIN, goes_on)) return failure(ECANCELED, "receive");
        const std::span<char> space = session.space();
        const ssize_t size = ::recv(fd_.get(), space.data(), space.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
        if (size <= 0)
          session.end_of_input();
        else
          session.received(static_cast<std::size_t>(size));
      }
    }
  }
}

}  // namespace brood
