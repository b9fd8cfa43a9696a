#include "worker/connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <exception>

namespace brood {
namespace {

/// How long a closing connection is read on, so that the client can take its answer.
constexpr Duration linger_timeout = std::chrono::seconds{2};
/// So long a kept client's next request is waited for in recv() itself, where no order is heard:
/// half of what an idle worker may take to leave. The next request of a busy client comes within
/// it, and a poll before each recv() would cost as much again as the recv().
constexpr Duration kept_patience = std::chrono::milliseconds{50};
/// Memory for a body that is kept for the next one.
constexpr std::size_t body_kept_max = 64 * 1024;
/// A connection on which nothing has come yet gets this long when the worker is to leave.
constexpr Duration fresh_grace = std::chrono::seconds{1};

/// "GET /slow HTTP/1.1": the parts lie next to each other in the input, with one space between.
std::string_view request_line(const ServerSession& session) noexcept {
  const std::string_view target = session.target();
  const char* const begin = session.method().data();
  constexpr std::size_t version_size = sizeof " HTTP/1.1" - 1;
  return {begin, static_cast<std::size_t>(target.data() - begin) + target.size() + version_size};
}

}  // namespace

Connection::Connection(const WorkerSettings& settings, Handler& handler, Report& report,
                       Orders& orders)
    : settings_(settings),
      handler_(handler),
      report_(report),
      orders_(orders),
      session_(settings.http) {}

void Connection::serve(UniqueFd client) {
  client_ = std::move(client);
  session_.start();
  answered_ = 0;
  in_body_ = false;
  has_patience_ = false;
  head_deadline_ = steady_now() + settings_.header_timeout;
  run();
  client_.reset();
}

void Connection::run() {
  for (;;) {
    switch (session_.next()) {
      case ServerSession::Step::need_bytes:
        if (!send_output() || !receive()) return;
        break;
      case ServerSession::Step::head: take_head(); break;
      case ServerSession::Step::body: body_.append(session_.body_piece()); break;
      case ServerSession::Step::request:
        if (!send_output()) return;  // Earlier answers do not wait for this one's work.
        answer();
        break;
      case ServerSession::Step::close: return close();
    }
  }
}

void Connection::close() {
  if (session_.refused_status() != 0) report_.end_request(session_.refused_status());
  // Who has been told to leave may close while the client's next request is on its way.
  const bool crosses = orders_.leaving() && !session_.output().empty();
  if (send_output() && (session_.wants_linger() || crosses)) linger();
}

/// \return false when the connection is lost.
bool Connection::receive() {
  for (;;) {
    const bool was_leaving = orders_.leaving();
    const ssize_t size = receive_bytes(session_.space());
    if (size > 0) {
      if (is_kept()) head_deadline_ = steady_now() + settings_.header_timeout;
      session_.received(static_cast<std::size_t>(size));
      session_.set_date(std::time(nullptr));
      report_.progressed();
      return true;
    }
    if (size == 0) {
      session_.end_of_input();
      return true;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    const TimePoint now = steady_now();
    if (is_kept() && kept_deadline_.ns == 0)
      kept_deadline_ = now + (settings_.keep_alive_timeout - kept_patience);
    // Told to leave: what came together with the order has just been looked for.
    const bool over = is_kept() && was_leaving;
    if (!over &&
        orders_.wait(client_.get(), POLLIN, receive_deadline(now)) != Orders::Wait::timed_out)
      continue;
    if (is_kept()) {
      session_.set_closing();
    } else {
      session_.timed_out();
    }
    return true;
  }
}

ssize_t Connection::receive_bytes(std::span<char> space) {
  const bool waits = is_kept() && kept_deadline_.ns == 0 && !orders_.leaving();
  if (waits && !has_patience_) be_patient();
  return ::recv(client_.get(), space.data(), space.size(), waits ? 0 : MSG_DONTWAIT);
}

void Connection::be_patient() noexcept {
  const std::int64_t us = to_us(std::min(kept_patience, settings_.keep_alive_timeout));
  const timeval patience{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
  ::setsockopt(client_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  has_patience_ = true;
}

TimePoint Connection::receive_deadline(TimePoint now) const noexcept {
  if (is_kept()) return kept_deadline_;
  if (in_body_) return now + settings_.body_timeout;
  if (orders_.leaving() && is_fresh()) return std::min(head_deadline_, now + fresh_grace);
  return head_deadline_;
}

/// \return false when the client does not take it.
bool Connection::send_output() {
  while (!session_.output().empty()) {
    const std::string_view bytes = session_.output();
    const ssize_t size =
        ::send(client_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) {
      session_.sent(static_cast<std::size_t>(size));
      report_.progressed();
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    const TimePoint deadline = steady_now() + settings_.write_timeout;
    while (true) {
      const Orders::Wait wait = orders_.wait(client_.get(), POLLOUT, deadline);
      if (wait == Orders::Wait::timed_out) return false;
      if (wait == Orders::Wait::ready) break;
    }
  }
  return true;
}

Request Connection::request() const noexcept {
  return {.method = session_.method(),
          .target = session_.target(),
          .body = body_,
          .connection_count = report_.connections()};
}

bool Connection::is_probe() const noexcept {
  return !settings_.health_path.empty() && session_.path() == settings_.health_path &&
         (session_.method() == "GET" || session_.method() == "HEAD");
}

void Connection::take_head() {
  report_.begin_request(request_line(session_));
  body_.clear();
  if (body_.capacity() > body_kept_max) body_.shrink_to_fit();
  in_body_ = session_.has_body();
  if (is_probe()) return session_.admit(false);
  Admission admission;
  try {
    admission = handler_.admit(request());
  } catch (const std::exception& error) {
    report_.note(std::string("admit: ") + error.what());
    admission.status = 500;
  }
  if (admission.status == 0) return session_.admit(admission.wants_body);
  session_.refuse(admission.status);
  finish(admission.status);
}

void Connection::answer() {
  in_body_ = false;
  if (is_probe()) return answer_probe();
  report_.begin_work();
  const TimePoint begun = steady_now();
  const Response response = ask_handler(request());
  orders_.look(steady_now());
  if (response.not_before.count() > 0) think(begun + response.not_before);
  session_.set_date(std::time(nullptr));  // A handler may have taken a while.
  fields_.clear();
  for (const Field& field : response.fields) fields_.push_back({field.name, field.value});
  if (orders_.leaving() || settings_.keep_alive_timeout.count() == 0) session_.set_closing();
  session_.respond(response.status, fields_, response.body);
  report_.end_work();
  finish(session_.status());
}

void Connection::answer_probe() {
  constexpr FieldView type{"Content-Type", "text/plain; charset=utf-8"};
  if (orders_.leaving() || settings_.keep_alive_timeout.count() == 0) session_.set_closing();
  session_.respond(200, std::span(&type, 1), format_health(report_.totals()));
  ++answered_;
  kept_deadline_ = {};
  report_.end_probe();
}

Response Connection::ask_handler(const Request& request) {
  try {
    return handler_.handle(request);
  } catch (const std::exception& error) {
    report_.note(std::string("handler: ") + error.what());
  } catch (...) {
    report_.note("handler: an exception that is no std::exception");
  }
  Response failed;
  failed.status = 500;
  failed.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  failed.body = "500 Internal Server Error\n";
  return failed;
}

void Connection::think(TimePoint until) {
  while (orders_.wait(-1, 0, until) != Orders::Wait::timed_out) continue;
}

void Connection::finish(int status) {
  ++answered_;
  kept_deadline_ = {};
  report_.end_request(status);
}

void Connection::linger() {
  ::shutdown(client_.get(), SHUT_WR);
  const TimePoint deadline = steady_now() + linger_timeout;
  std::array<char, 4096> rest;
  while (steady_now() < deadline) {
    const ssize_t size = ::recv(client_.get(), rest.data(), rest.size(), MSG_DONTWAIT);
    if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return;
    if (size < 0) orders_.wait(client_.get(), POLLIN, deadline);
  }
}

}  // namespace brood
