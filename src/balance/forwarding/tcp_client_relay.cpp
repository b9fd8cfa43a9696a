// A client's and a server's connection, bridged until both have ended.
#include <algorithm>
#include <utility>

#include "balance/forwarding/tcp_client.hpp"
#include "os/socket_queue.hpp"

namespace brood {

/// From the client to the server. \return whether the relay goes on.
bool TcpClient::send_on() {
  const bool is_first = to_server_.moved() <= introduced_;
  switch (to_server_.run(client_.get(), server_end_->fd(), forwarder_.scratch())) {
    case Pump::Step::source_failed:
      if (!to_client_.is_finished()) return end("the client left"), false;
      finish();
      return false;
    case Pump::Step::awaits_sink: server_unsent_ = unsent_bytes(server_end_->fd()); break;
    case Pump::Step::has_more: loop().again(*this); break;
    default: break;
  }
  if (is_first && to_server_.moved() > introduced_) asked_at_ = loop().now();
  note_progress();
  finish_if_both_ended();
  return stage_ == Stage::relaying;
}

/// From the server to the client. \return whether the relay goes on.
bool TcpClient::answer_on() {
  const std::uint64_t before = to_client_.moved();
  switch (to_client_.run(server_end_->fd(), client_.get(), forwarder_.scratch())) {
    case Pump::Step::source_failed:
      return server_failed(TrafficSign::reset, "the server reset"), false;
    case Pump::Step::sink_failed: return end("the client left"), false;
    case Pump::Step::awaits_sink:
      client_unsent_ = unsent_bytes(client_.get());
      if (std::exchange(watches_output_, true)) break;
      loop().rewatch(client_.get(), input_events | EPOLLOUT, *this);
      break;
    case Pump::Step::has_more: loop().again(*this); break;
    default: break;
  }
  if (to_client_.moved() > before) answered_up_to_ = std::max(introduced_, to_server_.moved());
  note_progress();
  finish_if_both_ended();
  return stage_ == Stage::relaying;
}

/// Whether the server has not taken, or not answered by a byte, what the client has said.
bool TcpClient::owes_answer() const noexcept {
  return to_server_.holds_bytes() || to_server_.moved() > answered_up_to_;
}

/// Whether a side that would take no more has taken of what the kernel holds for it since: its
/// socket becomes writable only when a good part of that has gone.
bool TcpClient::is_taken_still() noexcept {
  const auto has_shrunk = [](int fd, std::uint64_t& unsent) {
    const std::uint64_t left = unsent_bytes(fd);
    return left < std::exchange(unsent, left);
  };
  if (to_client_.holds_bytes()) return has_shrunk(client_.get(), client_unsent_);
  return to_server_.holds_bytes() && has_shrunk(server_end_->fd(), server_unsent_);
}

void TcpClient::await_progress() {
  const ForwardSettings& settings = forwarder_.settings();
  loop().set_deadline(*this, loop().now() + (to_client_.holds_bytes() ? settings.client_timeout
                                                                      : settings.server_timeout));
}

void TcpClient::note_progress() {
  await_progress();
  if (record_.first_byte >= Duration{0} || to_client_.moved() == 0) return;
  record_.first_byte = loop().now() - permitted_at_ - record_.connected;
  // Before the client has said anything, nobody waits for the server.
  forwarder_.router().answering(server_, record_.connected + (loop().now() - asked_at_),
                                loop().now());
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
  // As the other side was told of a reset.
  if (sign == TrafficSign::reset) reset_on_close(client_.get());
  end(how);
}

}  // namespace brood
