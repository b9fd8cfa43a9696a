#include "control/socket/control_socket.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace brood {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;

/// At once; whoever comes beyond that waits in the kernel's queue.
constexpr std::uint32_t connections_max = 32;
constexpr int backlog = 64;
/// Where no descriptor is left.
constexpr Duration accept_pause = std::chrono::milliseconds{200};
/// Between two lines about refusals: a worker gone wrong is not to fill the log.
constexpr Duration refusal_interval = std::chrono::seconds{1};
constexpr mode_t owner_only = 0600;

bool may_use(const PeerProcess& peer) {
  return (peer.uid == ::geteuid() || peer.uid == 0) && !may_descend_from(peer.pid, ::getpid());
}

}  // namespace

std::variant<Listener, ListenError> listen_for_control(const std::string& path) {
  return listen_at({.kind = Endpoint::Kind::unix_path, .host = {}, .port = 0, .path = path},
                   {.backlog = backlog, .unix_mode = owner_only});
}

ControlSocket::ControlSocket(boost::asio::io_context& context, Listener listener,
                             ControlHandler carry_out, Tell tell)
    : listener_(std::move(listener)),
      acceptor_(context),
      pause_(context),
      tell_(std::move(tell)),
      self_(std::make_shared<ControlSocket*>(this)) {
  const auto self = self_;
  commons_ = std::make_shared<const ControlConnection::Commons>(ControlConnection::Commons{
      .carry_out = std::move(carry_out),
      .on_answered =
          [self](const PeerProcess& peer, std::string_view order, const ControlAnswer& answer) {
            if (*self != nullptr) (*self)->tell_of(peer, order, answer);
          },
      .on_gone =
          [self] {
            if (*self != nullptr) (*self)->on_gone();
          }});
  error_code error;
  const int fd = ::fcntl(listener_.fd(), F_DUPFD_CLOEXEC, 0);
  acceptor_.assign(stream_protocol(), fd, error);
  if (!error) accept();
}

ControlSocket::~ControlSocket() {
  *self_ = nullptr;
  listener_.stop();
}

void ControlSocket::accept() {
  is_full_ = open_ >= connections_max;
  if (is_full_) return;
  acceptor_.async_accept([this](const error_code& error, ControlConnection::Socket socket) {
    if (error == boost::asio::error::operation_aborted) return;
    if (!error) {
      take(std::move(socket));
      return accept();
    }
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void ControlSocket::take(ControlConnection::Socket socket) {
  const Result<PeerProcess> peer = peer_process(socket.native_handle());
  if (!peer) return;
  ++open_;
  std::make_shared<ControlConnection>(std::move(socket), *peer, !may_use(*peer), commons_)->start();
}

void ControlSocket::on_gone() {
  --open_;
  if (is_full_) accept();
}

void ControlSocket::tell_of(const PeerProcess& peer, std::string_view order,
                            const ControlAnswer& answer) {
  const bool is_refusal = answer.status >= 400;
  const TimePoint now = steady_now();
  if (is_refusal && told_.ns != 0 && now - told_ < refusal_interval) return;
  if (is_refusal) told_ = now;
  LogEvent event{.level = is_refusal ? Level::warn : Level::info, .name = "control"};
  event.with("order", std::string(order))
      .with_signed("pid", peer.pid)
      .with("uid", std::uint64_t{peer.uid})
      .with_signed("status", answer.status);
  tell_(std::move(event.with("answer", answer.body)));
}

}  // namespace brood
