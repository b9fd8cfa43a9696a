#include "proxy/tcp_client.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/shortage.hpp"

namespace brood {
namespace {

/// The course's, byte for byte.
constexpr std::string_view course_refusal =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

/// For a client to take what it was told last and to close; closed at once, what it still sends
/// would reset the connection and take the answer with it.
constexpr Duration linger_time = std::chrono::seconds{1};

constexpr int linger_reads = 16;

/// Closing then tells the peer of a reset, as the other side was told of one.
void reset_on_close(int fd) noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

TcpClient::TcpClient(Forwarder& forwarder, UniqueFd client, const SocketAddress& peer)
    : ClientConnection(forwarder.loop()),
      forwarder_(forwarder),
      client_(std::move(client)),
      peer_(peer),
      began_(loop().now()) {}

void TcpClient::start() {
  if (!loop().watch(client_.get(), input_events, *this)) return end("no memory to wait for it");
  loop().set_deadline(*this, queue_deadline());
  forwarder_.dispatcher().apply(*this, {}, tried_, loop().now());
}

TimePoint TcpClient::queue_deadline() const noexcept {
  const Duration patience = forwarder_.settings().queue_timeout;
  return patience > Duration{0} ? began_ + patience : never;
}

void TcpClient::on_place(const Choice& choice) {
  has_place_ = true;
  placed_at_ = loop().now();
  if (record_.queued < Duration{0}) record_.queued = placed_at_ - began_;
  const bool is_new = std::ranges::find(tried_, choice.server) == tried_.end();
  server_ = choice.server;
  if (is_new) return connect();
  give_back(Outcome::not_sent);
  forwarder_.found_nobody();
  refuse("all servers were tried");
}

void TcpClient::on_turned_away(std::string_view why) {
  if (why != Dispatcher::queue_is_full) forwarder_.found_nobody();
  refuse(why);
}

// --- To the server.

void TcpClient::connect() {
  stage_ = Stage::connecting;
  auto fd = begin_connect(forwarder_.address_of(server_));
  if (!fd) return connect_failed(fd.error().code.value());
  server_end_ = std::make_unique<ServerEnd>(*this, std::move(*fd));
  if (!loop().watch(server_end_->fd(), input_events | EPOLLOUT, *server_end_))
    return connect_failed(errno);
  loop().set_deadline(*this, loop().now() + forwarder_.settings().connect_timeout);
}

void TcpClient::on_connected() {
  stage_ = Stage::relaying;
  record_.connected = loop().now() - placed_at_;
  note_progress();
  if (send_on()) answer_on();
}

void TcpClient::connect_failed(int error) {
  drop_server();
  if (is_shortage(error)) {
    give_back(Outcome::not_sent);
    return refuse("out of descriptors, ports or memory");
  }
  forwarder_.saw(server_, TrafficSign::connect_failed);
  // The course's balancer asks it again when a probe has passed.
  if (forwarder_.settings().is_course)
    forwarder_.router().set_available(server_, false, loop().now());
  fail_over();
}

void TcpClient::fail_over() {
  stage_ = Stage::queued;
  has_place_ = false;
  ++record_.retries;
  record_.retry_reason = "connect failed";
  tried_.push_back(server_);
  loop().set_deadline(*this, queue_deadline());
  forwarder_.dispatcher().move_on(*this, server_, loop().now() - placed_at_, {}, tried_,
                                  record_.retry_reason, loop().now());
}

// --- Events.

void TcpClient::on_event(std::uint32_t events) {
  if ((events & end_events) != 0) to_server_.expect_end();
  switch (stage_) {
    case Stage::queued:
    case Stage::connecting:
      if ((events & loss_events) != 0) end("the client left");
      return;
    case Stage::relaying:
      if ((events & (EPOLLIN | end_events)) != 0 && !send_on()) return;
      if ((events & EPOLLOUT) != 0) answer_on();
      return;
    case Stage::lingering: return linger();
    case Stage::over: return;
  }
}

void TcpClient::on_server(std::uint32_t events) {
  if ((events & end_events) != 0) to_client_.expect_end();
  if (stage_ == Stage::connecting) {
    if ((events & (EPOLLOUT | loss_events)) == 0) return;
    const int error = connect_error(server_end_->fd());
    return error == 0 ? on_connected() : connect_failed(error);
  }
  if (stage_ != Stage::relaying) return;
  if ((events & (EPOLLIN | end_events)) != 0 && !answer_on()) return;
  if ((events & EPOLLOUT) != 0) send_on();
}

void TcpClient::on_deadline() {
  switch (stage_) {
    case Stage::queued: forwarder_.dispatcher().withdraw(*this); return refuse("queue-timeout");
    case Stage::connecting: return connect_failed(ETIMEDOUT);
    case Stage::relaying:
      if (to_client_.holds_bytes()) return end("client-timeout");
      return server_failed(TrafficSign::timed_out, "server-timeout");
    case Stage::lingering: return end(record_.end);
    case Stage::over: return;
  }
}

// --- Relaying.

/// From the client to the server. \return whether the relay goes on.
bool TcpClient::send_on() {
  switch (to_server_.run(client_.get(), server_end_->fd(), forwarder_.scratch())) {
    case Pump::Step::source_failed:
      if (!to_client_.is_finished()) return end("the client left"), false;
      finish();
      return false;
    case Pump::Step::has_more:
      loop().rewatch(client_.get(), input_events | (watches_output_ ? EPOLLOUT : 0U), *this);
      break;
    default: break;
  }
  note_progress();
  finish_if_both_ended();
  return stage_ == Stage::relaying;
}

/// From the server to the client. \return whether the relay goes on.
bool TcpClient::answer_on() {
  switch (to_client_.run(server_end_->fd(), client_.get(), forwarder_.scratch())) {
    case Pump::Step::source_failed:
      return server_failed(TrafficSign::reset, "the server reset"), false;
    case Pump::Step::sink_failed: return end("the client left"), false;
    case Pump::Step::awaits_sink:
      if (std::exchange(watches_output_, true)) break;
      loop().rewatch(client_.get(), input_events | EPOLLOUT, *this);
      break;
    case Pump::Step::has_more:
      loop().rewatch(server_end_->fd(), input_events | EPOLLOUT, *server_end_);
      break;
    default: break;
  }
  note_progress();
  finish_if_both_ended();
  return stage_ == Stage::relaying;
}

void TcpClient::note_progress() {
  const ForwardSettings& settings = forwarder_.settings();
  loop().set_deadline(*this, loop().now() + (to_client_.holds_bytes() ? settings.client_timeout
                                                                      : settings.server_timeout));
  if (record_.first_byte >= Duration{0} || to_client_.moved() == 0) return;
  const Duration latency = loop().now() - placed_at_;
  record_.first_byte = latency - record_.connected;
  forwarder_.router().answering(server_, latency, loop().now());
}

void TcpClient::finish_if_both_ended() {
  if (to_server_.is_finished() && to_client_.is_finished()) finish();
}

void TcpClient::finish() {
  forwarder_.saw(server_, TrafficSign::answered);
  give_back(Outcome::answered);
  end("done");
}

void TcpClient::server_failed(TrafficSign sign, std::string_view how) {
  forwarder_.saw(server_, sign);
  drop_server();
  give_back(Outcome::failed);
  if (to_client_.moved() == 0 && !to_client_.holds_bytes()) return refuse(how);
  if (sign == TrafficSign::reset) reset_on_close(client_.get());
  end(how);
}

// --- The end.

void TcpClient::drop_server() {
  if (server_end_) loop().bury(std::move(server_end_));
}

void TcpClient::give_back(Outcome outcome) {
  if (!std::exchange(has_place_, false)) return;
  forwarder_.dispatcher().give_back(server_, outcome, loop().now() - placed_at_, loop().now());
}

void TcpClient::refuse(std::string_view why) {
  if (!forwarder_.settings().is_course) return end(why);
  stage_ = Stage::lingering;
  record_.end = why;
  record_.status = 500;
  // It fits into a buffer that nothing was sent to yet.
  [[maybe_unused]] const ssize_t sent =
      ::send(client_.get(), course_refusal.data(), course_refusal.size(), MSG_NOSIGNAL);
  ::shutdown(client_.get(), SHUT_WR);
  loop().set_deadline(*this, loop().now() + linger_time);
  linger();
}

void TcpClient::linger() {
  const std::span<char> scratch = forwarder_.scratch();
  for (int count = 0; count < linger_reads; ++count) {
    const ssize_t size = ::recv(client_.get(), scratch.data(), scratch.size(), 0);
    if (size > 0 || (size < 0 && errno == EINTR)) continue;
    if (size < 0 && errno == EAGAIN) return;
    return end(record_.end);
  }
  loop().rewatch(client_.get(), input_events, *this);  // Others are to have their turn.
}

void TcpClient::end(std::string_view how) {
  if (std::exchange(stage_, Stage::over) == Stage::over) return;
  forwarder_.dispatcher().withdraw(*this);
  drop_server();
  give_back(Outcome::given_up);
  if (forwarder_.settings().has_access_log) {
    record_.client = to_string(to_endpoint(peer_));
    record_.server = server_;
    record_.end = how;
    record_.total = loop().now() - began_;
    record_.bytes_in = to_server_.moved();
    record_.bytes_out = to_client_.moved();
    forwarder_.log(std::move(record_));
  }
  forwarder_.end(*this);
}

std::unique_ptr<ClientConnection> make_tcp_client(Forwarder& forwarder, UniqueFd client,
                                                  const SocketAddress& peer) {
  return std::make_unique<TcpClient>(forwarder, std::move(client), peer);
}

}  // namespace brood
