#include "control/socket/control_connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <ctime>
#include <exception>
#include <utility>

namespace brood {
namespace {

using boost::system::error_code;

/// For the whole request, and then for the whole answer.
constexpr Duration patience = std::chrono::seconds{5};
constexpr SessionLimits request_limits{
    .max_header_bytes = 4096, .max_headers = 32, .max_body_bytes = 4096};
/// Reads of what a refused client still sends, so that it gets to read why.
constexpr int lingers_max = 32;

bool would_block(const error_code& error) noexcept {
  return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
}

}  // namespace

ControlConnection::ControlConnection(Socket socket, const PeerProcess& peer, bool is_refused,
                                     std::shared_ptr<const Commons> commons)
    : socket_(std::move(socket)),
      peer_(peer),
      is_refused_(is_refused),
      commons_(std::move(commons)),
      session_(request_limits),
      deadline_(socket_.get_executor()),
      look_timer_(socket_.get_executor()) {}

ControlConnection::~ControlConnection() {
  commons_->on_gone();
}

void ControlConnection::start() {
  error_code error;
  socket_.non_blocking(true, error);
  session_.start();
  session_.set_date(std::time(nullptr));
  allow(patience);
  await_bytes();
}

/// After that the socket is closed, and all that waits for it comes to nothing.
void ControlConnection::allow(Duration time) {
  deadline_.expires_after(time);
  deadline_.async_wait([self = weak_from_this()](const error_code& error) {
    const auto still = self.lock();
    if (!error && still) still->end();
  });
}

void ControlConnection::go_on() {
  using Step = ServerSession::Step;
  for (;;) {
    switch (session_.next()) {
      case Step::need_bytes: return session_.output().empty() ? await_bytes() : send();
      case Step::head: session_.admit(true); break;
      case Step::body: body_ += session_.body_piece(); break;
      case Step::request: return act();
      case Step::introduced: break;
      case Step::close: return session_.output().empty() ? linger() : send();
    }
  }
}

void ControlConnection::await_bytes() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
    if (!error) self->receive();
  });
}

void ControlConnection::receive() {
  error_code error;
  const std::span<char> space = session_.space();
  const std::size_t size =
      socket_.read_some(boost::asio::buffer(space.data(), space.size()), error);
  if (would_block(error)) return await_bytes();
  if (error && error != boost::asio::error::eof) return end();
  if (error)
    session_.end_of_input();
  else
    session_.received(size);
  go_on();
}

void ControlConnection::send() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const error_code& failed) {
    if (failed) return;
    const std::string_view output = self->session_.output();
    error_code error;
    const std::size_t size =
        self->socket_.write_some(boost::asio::buffer(output.data(), output.size()), error);
    if (error && !would_block(error)) return self->end();
    self->session_.sent(size);
    self->session_.output().empty() ? self->go_on() : self->send();
  });
}

void ControlConnection::act() {
  ControlOutcome outcome = outcome_of_request();
  if (const auto* const at_once = std::get_if<ControlAnswer>(&outcome)) return answer(*at_once);
  watch_ = std::get<ControlWatch>(std::move(outcome));
  deadline_.cancel();
  await_leaving();
  await_outcome();
}

/// Nothing that it can throw ends the server.
ControlOutcome ControlConnection::outcome_of_request() try {
  if (is_refused_) {
    order_ = session_.path();
    return control_refusal(403,
                           "a process of the server itself may not use its control socket, "
                           "and nobody but its user and root may");
  }
  auto command = read_control_request(session_.method(), session_.path(), body_);
  if (const auto* const refusal = std::get_if<ControlAnswer>(&command)) {
    order_ = session_.path();
    return *refusal;
  }
  const auto& understood = std::get<ControlCommand>(command);
  if (!understood.is_question()) order_ = session_.path();
  return commons_->carry_out(understood);
} catch (const std::exception& error) {
  return control_refusal(500, error.what());
}

void ControlConnection::answer(const ControlAnswer& answer) {
  static constexpr std::array<FieldView, 2> fields{
      {{.name = "Content-Type", .value = "application/json"},
       {.name = "Cache-Control", .value = "no-store"}}};
  if (!order_.empty()) commons_->on_answered(peer_, order_, answer);
  allow(patience);
  session_.set_closing();
  session_.respond(answer.status, fields, answer.body + '\n');
  go_on();
}

void ControlConnection::await_outcome() {
  look_timer_.expires_after(control_look_interval);
  look_timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || !self->watch_) return;
    const auto outcome = self->watch_();
    if (!outcome) return self->await_outcome();
    self->watch_ = nullptr;
    self->socket_.cancel();
    self->answer(*outcome);
  });
}

/// Whoever does not wait for the answer any more, or sends more, has no use for one. What was
/// ordered goes on.
void ControlConnection::await_leaving() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& error) {
    if (!error && self->watch_) self->end();
  });
}

void ControlConnection::end() {
  watch_ = nullptr;
  error_code ignored;
  deadline_.cancel();
  look_timer_.cancel();
  socket_.close(ignored);
}

/// Closing a unix socket that has unread bytes takes the answer away from who has not read it.
void ControlConnection::linger() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  if (!session_.wants_linger() || ++lingers_ > lingers_max) return end();
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& failed) {
    if (failed) return;
    std::array<char, 16384> dropped;
    error_code error;
    self->socket_.read_some(boost::asio::buffer(dropped), error);
    if (error && !would_block(error)) return self->end();
    self->linger();
  });
}

}  // namespace brood
