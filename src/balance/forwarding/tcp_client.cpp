#include "balance/forwarding/tcp_client.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "balance/forwarding/busy_server.hpp"
#include "balance/forwarding/introduction.hpp"
#include "balance/routing/hash.hpp"
#include "os/shortage.hpp"

namespace brood {
namespace {

/// The course's, byte for byte.
constexpr std::string_view course_refusal =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

constexpr int linger_reads = 16;

/// Until a connect for which there was no descriptor is tried again.
constexpr Duration shortage_pause = std::chrono::milliseconds{50};

std::uint64_t missing_from(std::uint64_t whole, std::uint64_t part) noexcept {
  return whole - std::min(whole, part);
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
  if (!is_among(peer_, forwarder_.settings().http.trusted_proxies)) return apply();
  stage_ = Stage::introducing;
  loop().set_deadline(*this, began_ + forwarder_.settings().http.header_timeout);
}

/// A trusted proxy says for whom it speaks, before anything else.
void TcpClient::read_introduction() {
  const std::span<char> scratch = forwarder_.scratch();
  for (;;) {
    const ssize_t size = ::recv(client_.get(), scratch.data(), scratch.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return end("the client left");
    std::string_view bytes(scratch.data(), static_cast<std::size_t>(size));
    const auto step = introduction_.resume(bytes);
    if (step == ProxyHeaderReader::Step::need_bytes) continue;
    if (step == ProxyHeaderReader::Step::malformed) return end("no sound PROXY header");
    first_bytes_ = bytes;
    if (const auto& ends = introduction_.ends()) peer_ = to_address(ends->client);
    stage_ = Stage::queued;
    return apply();
  }
}

void TcpClient::apply() {
  queued_at_ = loop().now();
  loop().set_deadline(*this, queue_deadline());
  forwarder_.dispatcher().acquire(*this, key(), tried_, loop().now());
}

RequestKey TcpClient::key() const {
  if (forwarder_.settings().routing.strategy != Strategy::hash) return {};
  return {hash_of(to_endpoint(peer_).host)};
}

/// The PROXY header for the server, if it wants one.
std::string TcpClient::introduction() const {
  const auto version = forwarder_.settings().send_proxy;
  if (version == ForwardSettings::SendProxy::no) return {};
  return write_introduction(version, ends_of(peer_, client_.get()));
}

/// Only waiting for a permit counts, in however many goes.
TimePoint TcpClient::queue_deadline() const noexcept {
  const Duration patience = forwarder_.settings().queue_timeout;
  return patience > Duration{0} ? queued_at_ + (patience - queued_for_) : never;
}

void TcpClient::leave_queue() noexcept {
  queued_for_ += loop().now() - queued_at_;
}

void TcpClient::on_permit(const Choice& choice, TimePoint now) {
  has_permit_ = true;
  permitted_at_ = now;
  leave_queue();
  if (record_.queued < Duration{0}) record_.queued = permitted_at_ - began_;
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
  const TimePoint until = permitted_at_ + forwarder_.settings().connect_timeout;
  auto fd = begin_connect(forwarder_.address_of(server_));
  if (!fd && is_worth_another_try(fd.error().code.value(), loop().now(), until))
    return loop().set_deadline(*this, next_try(permitted_at_, loop().now(), until));
  if (!fd) return connect_failed(fd.error().code.value());
  server_end_ = std::make_unique<ServerEnd>(*this, std::move(*fd));
  if (!loop().watch(server_end_->fd(), input_events | EPOLLOUT, *server_end_))
    return connect_failed(errno);
  loop().set_deadline(*this, until);
}

void TcpClient::on_connected() {
  stage_ = Stage::relaying;
  const std::string header = introduction();
  introduced_ = answered_up_to_ = header.size();
  to_server_.put_first(header + first_bytes_);
  asked_at_ = loop().now();
  record_.connected = asked_at_ - permitted_at_;
  note_progress();
  if (send_on()) answer_on();
}

void TcpClient::connect_failed(int error) {
  drop_server();
  if (is_shortage(error)) {
    stage_ = Stage::pausing;
    give_back(Outcome::not_sent);
    return pause();
  }
  const bool is_busy = error == EAGAIN;
  if (!is_busy) forwarder_.saw(server_, TrafficSign::connect_failed);
  // The course's balancer asks it again when a probe has passed.
  if (forwarder_.settings().is_course && !is_busy)
    forwarder_.router().set_available(server_, false, loop().now());
  fail_over(is_busy ? "its queue is full" : "connect failed");
}

/// Others that end will leave what was missing. The course's balancer does not wait.
void TcpClient::pause() {
  queued_at_ = loop().now();
  const TimePoint again = queued_at_ + shortage_pause;
  if (forwarder_.settings().is_course || again >= queue_deadline())
    return refuse("out of descriptors, ports or memory");
  loop().set_deadline(*this, again);
}

void TcpClient::fail_over(std::string_view why) {
  stage_ = Stage::queued;
  has_permit_ = false;
  ++record_.retries;
  record_.retry_reason = why;
  tried_.push_back(server_);
  queued_at_ = loop().now();
  loop().set_deadline(*this, queue_deadline());
  forwarder_.dispatcher().move_on(*this, server_, loop().now() - permitted_at_, key(), tried_,
                                  record_.retry_reason, loop().now());
}

// --- Events.

void TcpClient::on_event(std::uint32_t events) {
  if ((events & end_events) != 0) to_server_.expect_end();
  switch (stage_) {
    case Stage::introducing: return read_introduction();
    case Stage::queued:
    case Stage::pausing:
    case Stage::connecting:
      if ((events & loss_events) != 0) end("the client left");
      return;
    case Stage::relaying:
      if ((events == 0 || (events & (EPOLLIN | end_events)) != 0) && !send_on()) return;
      if (events == 0 || (events & EPOLLOUT) != 0) answer_on();
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
    case Stage::introducing: return end("header-timeout");
    case Stage::queued: forwarder_.dispatcher().withdraw(*this); return refuse("queue-timeout");
    case Stage::pausing:
      leave_queue();
      stage_ = Stage::queued;
      return apply();
    case Stage::connecting: return server_end_ ? connect_failed(ETIMEDOUT) : connect();
    case Stage::relaying:
      if (is_taken_still()) return await_progress();
      if (to_client_.holds_bytes()) return end("client-timeout");
      // The course's client gets a 500 for whatever silence.
      if (!owes_answer() && !forwarder_.settings().is_course) return end("idle");
      return server_failed(TrafficSign::timed_out, "server-timeout");
    case Stage::lingering: return end(record_.end);
    case Stage::over: return;
  }
}

// --- The end.

void TcpClient::drop_server() {
  if (server_end_) loop().bury(std::move(server_end_));
}

void TcpClient::give_back(Outcome outcome) {
  if (!std::exchange(has_permit_, false)) return;
  forwarder_.dispatcher().give_back(server_, outcome, loop().now() - permitted_at_, loop().now());
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
  lingering_.start(loop().now());
  linger();
}

void TcpClient::linger() {
  const std::span<char> scratch = forwarder_.scratch();
  for (int count = 0; count < linger_reads; ++count) {
    const ssize_t size = ::recv(client_.get(), scratch.data(), scratch.size(), 0);
    if (size > 0) lingering_.received(loop().now());
    if (size > 0 || (size < 0 && errno == EINTR)) continue;
    if (size < 0 && errno == EAGAIN) return loop().set_deadline(*this, lingering_.deadline());
    return end(record_.end);
  }
  if (loop().now() >= lingering_.deadline()) return end(record_.end);
  loop().again(*this);
}

void TcpClient::end(std::string_view how) {
  if (std::exchange(stage_, Stage::over) == Stage::over) return;
  forwarder_.dispatcher().withdraw(*this);
  drop_server();
  give_back(Outcome::given_up);
  note(how);
  forwarder_.end(*this);
}

void TcpClient::note(std::string_view how) {
  if (!forwarder_.settings().has_access_log) return;
  record_.client = to_string(to_endpoint(peer_));
  record_.server = server_;
  record_.end = how;
  record_.total = loop().now() - began_;
  record_.bytes_in = missing_from(to_server_.moved(), introduced_);
  record_.bytes_out = to_client_.moved();
  forwarder_.log(std::move(record_));
}

std::unique_ptr<ClientConnection> make_tcp_client(Forwarder& forwarder, UniqueFd client,
                                                  const SocketAddress& peer) {
  return std::make_unique<TcpClient>(forwarder, std::move(client), peer);
}

}  // namespace brood
