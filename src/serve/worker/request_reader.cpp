#include "serve/worker/request_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace brood {
namespace {

/// A connection on which nothing has come yet gets this long when the worker is to leave.
constexpr Duration fresh_grace = std::chrono::seconds{1};

}  // namespace

void RequestReader::start(Socket& socket, bool is_kept, TimePoint deadline) noexcept {
  socket_ = &socket;
  socket_->expect_input();
  deadline_ = deadline;
  has_answered_ = is_kept;
  in_body_ = is_hurried_ = false;
}

RequestReader::Got RequestReader::receive() {
  // A request may have come together with the order to leave: that one is in hand.
  const bool looks_once_more = is_kept() && context_.orders.leaving();
  if (!socket_->may_receive() && !looks_once_more) return Got::nothing;
  if (!turn_.may_look()) return Got::no_turn;
  return received(socket_->receive(session_.space()));
}

RequestReader::Got RequestReader::received(ssize_t size) {
  if (size < 0) {
    if (errno == EINTR) return Got::something;
    if (errno != EAGAIN) return Got::lost;
    const bool gives_up =
        is_kept() && context_.orders.leaving() && context_.settings.keep_alive_drain.count() == 0;
    return gives_up ? Got::lost : Got::nothing;
  }
  if (size == 0) {
    session_.end_of_input();
    return Got::something;
  }
  const auto bytes = static_cast<std::size_t>(size);
  if (is_kept()) deadline_ = context_.now + context_.settings.header_timeout;
  if (in_body_) body_.moved(bytes, context_.now);
  session_.received(bytes);
  session_.set_date(std::time(nullptr));
  context_.report.progressed(context_.now);
  turn_.moved(bytes);
  return Got::something;
}

void RequestReader::await_next() noexcept {
  deadline_ = context_.now + (session_.in_request() ? context_.settings.header_timeout
                                                    : context_.settings.keep_alive_timeout);
}

Awaited RequestReader::await() noexcept {
  using What = Awaited::What;
  if (in_body_)
    return {.what = What::body,
            .deadline = body_.wait(context_.now),
            .since = context_.now + -body_.waited(context_.now)};
  if (session_.in_request())
    return {.what = What::head,
            .deadline = deadline_,
            .since = deadline_ + -context_.settings.header_timeout};
  if (context_.orders.leaving() && !std::exchange(is_hurried_, true))
    deadline_ =
        std::min(deadline_,
                 context_.now + (has_answered_ ? context_.settings.keep_alive_drain : fresh_grace));
  return {.what = What::request, .deadline = deadline_};
}

}  // namespace brood
