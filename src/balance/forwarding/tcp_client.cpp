#include "balance/forwarding/tcp_client.hpp"

#include <cerrno>
#include <utility>

#include "balance/forwarding/introduction.hpp"
#include "balance/routing/hash.hpp"

namespace brood {
namespace {

/// The course's, byte for byte.
constexpr std::string_view course_refusal =
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n";

constexpr int linger_reads = 16;

}  // namespace

TcpClient::TcpClient(Forwarder& forwarder, UniqueFd client, const SocketAddress& peer)
    : ClientConnection(forwarder.loop(), Socket(std::move(client))),
      forwarder_(forwarder),
      peer_(peer),
      began_(loop().now()),
      route_(forwarder.dispatcher(), forwarder.router(), forwarder.settings(), began_,
             [this] { loop().soon(*this); }) {}

void TcpClient::start() {
  if (!watch()) return end("no memory to wait for it");
  if (!is_among(peer_, forwarder_.settings().http.trusted_proxies))
    return tell({.kind = Event::Kind::asked, .key = key()});
  stage_ = Stage::introducing;
  set_deadline(began_ + forwarder_.settings().http.header_timeout);
}

/// A trusted proxy says for whom it speaks, before anything else.
void TcpClient::read_introduction() {
  const std::span<char> scratch = forwarder_.scratch();
  for (;;) {
    const ssize_t size = receive(scratch);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return end("the client left");
    std::string_view bytes(scratch.data(), static_cast<std::size_t>(size));
    const auto step = introduction_.resume(bytes);
    if (step == ProxyHeaderReader::Step::need_bytes) continue;
    if (step == ProxyHeaderReader::Step::malformed) return end("no sound PROXY header");
    first_bytes_ = bytes;
    if (const auto& ends = introduction_.ends()) peer_ = to_address(ends->client);
    return tell({.kind = Event::Kind::asked, .key = key()});
  }
}

// --- A permit.

void TcpClient::tell(const Event& event) {
  const RoutedConnection::Action action = route_.resume(event, loop().now());
  if (action.sign) forwarder_.saw(action.server, *action.sign);
  if (action.found_nobody) forwarder_.found_nobody();
  switch (action.next) {
    case Next::wait: stage_ = Stage::queued; return set_deadline(route_.deadline());
    case Next::connect: return connect();
    case Next::refuse: return refuse(action.why);
    default: return;
  }
}

RequestKey TcpClient::key() const {
  if (forwarder_.settings().routing.strategy != Strategy::hash) return {};
  return {hash_of(to_endpoint(peer_).host)};
}

/// The PROXY header for the server, if it wants one.
std::string TcpClient::introduction() const {
  const auto version = forwarder_.settings().send_proxy;
  if (version == ForwardSettings::SendProxy::no) return {};
  return write_introduction(version, ends_of(peer_, socket().fd()));
}

// --- To the server.

void TcpClient::connect() {
  stage_ = Stage::connecting;
  auto fd = begin_connect(forwarder_.address_of(route_.server()));
  if (!fd) return connect_failed(fd.error().code.value());
  server_end_ = std::make_unique<ServerEnd>(*this, std::move(*fd));
  server_end_->socket().expect_no_room();  // Before it is connected.
  if (!server_end_->watch()) return connect_failed(errno);
  set_deadline(route_.permitted_at() + forwarder_.settings().connect_timeout);
}

void TcpClient::on_connected() {
  stage_ = Stage::relaying;
  relay_.start(introduction(), first_bytes_, loop().now());
  route_.record().connected = loop().now() - route_.permitted_at();
  note_progress();
  if (send_on()) answer_on();
}

void TcpClient::connect_failed(int error) {
  drop_server();
  tell({.kind = Event::Kind::connect_failed, .key = key(), .error = error});
}

// --- Events.

void TcpClient::on_socket(std::uint32_t events) {
  if ((events & end_events) != 0) relay_.expect_end_of_client();
  switch (stage_) {
    case Stage::introducing: return read_introduction();
    case Stage::queued:
    case Stage::connecting:
      if ((events & loss_events) != 0) return end("the client left");
      if (stage_ == Stage::queued && events == 0) tell({});
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
  if ((events & end_events) != 0) relay_.expect_end_of_server();
  if (stage_ == Stage::connecting) {
    if ((events & (EPOLLOUT | loss_events)) == 0) return;
    const int error = connect_error(server_end_->socket().fd());
    return error == 0 ? on_connected() : connect_failed(error);
  }
  if (stage_ != Stage::relaying) return;
  if ((events & (EPOLLIN | end_events)) != 0 && !answer_on()) return;
  if ((events & EPOLLOUT) != 0) send_on();
}

void TcpClient::on_deadline() {
  switch (stage_) {
    case Stage::introducing: return end("header-timeout");
    case Stage::queued: return tell({.kind = Event::Kind::late, .key = key()});
    case Stage::connecting: return connect_failed(ETIMEDOUT);
    case Stage::relaying:
      if (relay_.is_taken_still(socket().fd(), server_end_->socket().fd())) return await_progress();
      if (relay_.awaits_client()) return end("client-timeout");
      // The course's client gets a 500 for whatever silence.
      if (!relay_.owes_answer() && !forwarder_.settings().is_course) return end("idle");
      return server_failed(TrafficSign::timed_out, "server-timeout");
    case Stage::lingering: return end(route_.record().end);
    case Stage::over: return;
  }
}

// --- To and fro.

/// From the client to the server. \return whether the relay goes on.
bool TcpClient::send_on() {
  return take(relay_.send_on(socket().fd(), server_end_->socket().fd(), forwarder_.scratch(),
                             loop().now()));
}

/// From the server to the client. \return whether the relay goes on.
bool TcpClient::answer_on() {
  return take(relay_.answer_on(socket().fd(), server_end_->socket().fd(), forwarder_.scratch()));
}

bool TcpClient::take(Relay::Step step) {
  switch (step) {
    case Relay::Step::client_left: return end("the client left"), false;
    case Relay::Step::server_reset:
      return server_failed(TrafficSign::reset, "the server reset"), false;
    case Relay::Step::finished:
      note_progress();
      tell({.kind = Event::Kind::answered});
      return end("done"), false;
    case Relay::Step::awaits_client: await_room(); break;
    case Relay::Step::has_more: yield(); break;
    case Relay::Step::goes_on: break;
  }
  note_progress();
  return true;
}

void TcpClient::await_progress() {
  const ForwardSettings& settings = forwarder_.settings();
  set_deadline(loop().now() +
               (relay_.awaits_client() ? settings.client_timeout : settings.server_timeout));
}

void TcpClient::note_progress() {
  await_progress();
  const TimePoint now = loop().now();
  AccessRecord& record = route_.record();
  if (record.first_byte >= Duration{0} || relay_.bytes_out() == 0) return;
  record.first_byte = now - route_.permitted_at() - record.connected;
  // Before the client has said anything, nobody waits for the server.
  forwarder_.router().answering(route_.server(), record.connected + (now - relay_.asked_at()), now);
}

void TcpClient::server_failed(TrafficSign sign, std::string_view how) {
  drop_server();
  tell({.kind = Event::Kind::failed,
        .phase = relay_.bytes_out() > 0 ? RetryPhase::forwarding : RetryPhase::awaiting,
        .sign = sign});
  if (!relay_.has_answer()) return refuse(how);
  // As the other side was told of a reset.
  if (sign == TrafficSign::reset) socket().reset_on_close();
  end(how);
}

// --- The end.

void TcpClient::drop_server() {
  if (server_end_) loop().bury(std::move(server_end_));
}

void TcpClient::refuse(std::string_view why) {
  if (!forwarder_.settings().is_course) return end(why);
  stage_ = Stage::lingering;
  route_.record().end = why;
  route_.record().status = 500;
  // It fits into a buffer that nothing was sent to yet.
  [[maybe_unused]] const ssize_t sent = socket().send(course_refusal);
  socket().end_output();
  lingering_.start(loop().now());
  linger();
}

void TcpClient::linger() {
  const std::span<char> scratch = forwarder_.scratch();
  for (int count = 0; count < linger_reads; ++count) {
    const ssize_t size = receive(scratch);
    if (size > 0) lingering_.received(loop().now());
    if (size > 0 || (size < 0 && errno == EINTR)) continue;
    if (size < 0 && errno == EAGAIN) return set_deadline(lingering_.deadline());
    return end(route_.record().end);
  }
  if (loop().now() >= lingering_.deadline()) return end(route_.record().end);
  yield();
}

void TcpClient::end(std::string_view how) {
  if (std::exchange(stage_, Stage::over) == Stage::over) return;
  drop_server();
  route_.resume({.kind = Event::Kind::given_up}, loop().now());
  note(how);
  forwarder_.end(*this);
}

void TcpClient::note(std::string_view how) {
  AccessRecord& record = route_.record();
  if (forwarder_.settings().has_access_log) record.client = to_string(to_endpoint(peer_));
  record.end = how;
  record.total = loop().now() - began_;
  record.bytes_in = relay_.bytes_in();
  record.bytes_out = relay_.bytes_out();
  forwarder_.note(std::move(record));
}

std::unique_ptr<ClientConnection> make_tcp_client(Forwarder& forwarder, UniqueFd client,
                                                  const SocketAddress& peer) {
  return std::make_unique<TcpClient>(forwarder, std::move(client), peer);
}

}  // namespace brood
