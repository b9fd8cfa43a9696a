// A client's and a server's connection, bridged until both have ended.
#include <sys/socket.h>

#include <utility>

#include "proxy/tcp_client.hpp"

namespace brood {
namespace {

/// Closing then tells the peer of a reset, as the other side was told of one.
void reset_on_close(int fd) noexcept {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

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
  give_back(to_client_.moved() > 0 ? Outcome::broken_off : Outcome::failed);
  if (to_client_.moved() == 0 && !to_client_.holds_bytes()) return refuse(how);
  if (sign == TrafficSign::reset) reset_on_close(client_.get());
  end(how);
}

}  // namespace brood
