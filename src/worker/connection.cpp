#include "worker/connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <string>

#include "base/units.hpp"

namespace brood {
namespace {

/// In seconds, if it is long: a log is no stop-watch.
std::string rounded(Duration duration) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  if (seconds.count() > 0) return format_duration(seconds);
  return format_duration(std::chrono::floor<std::chrono::milliseconds>(duration));
}

}  // namespace

void Connection::serve(UniqueFd client) {
  client_ = std::move(client);
  has_patience_ = false;
  context_.now = steady_now();
  conversation_.start(client_.get(), false, context_.now + context_.settings.header_timeout);
  for (;;) {
    const Awaited awaited = conversation_.advance();
    if (awaited.what == Awaited::What::nothing) break;
    await(awaited);
    context_.now = steady_now();
  }
  client_.reset();
}

void Connection::await(const Awaited& awaited) {
  switch (awaited.what) {
    case Awaited::What::turn: return;
    case Awaited::What::moment: return await_moment(awaited.deadline);
    case Awaited::What::request:
      if (conversation_.is_kept() && !context_.orders.leaving()) return receive_kept();
      break;
    default: break;
  }
  switch (wait(awaited)) {
    case Orders::Wait::ready: return conversation_.readable(false);
    case Orders::Wait::timed_out: return give_up(awaited);
    case Orders::Wait::lost: return conversation_.lost();
    case Orders::Wait::ordered: return;  // The conversation sees it.
  }
}

Orders::Wait Connection::wait(const Awaited& awaited) noexcept {
  const int client = client_.get();
  if (awaited.what == Awaited::What::source)
    return context_.orders.wait(conversation_.source(), POLLIN, awaited.deadline, client);
  const short events = awaited.what == Awaited::What::taking ? POLLOUT : POLLIN;
  return context_.orders.wait(client, events, awaited.deadline);
}

/// The request-timeout applies to a think-time as to a handler.
void Connection::await_moment(TimePoint moment) {
  context_.report.begin_work();
  while (context_.orders.wait(-1, 0, moment) != Orders::Wait::timed_out) continue;
  context_.report.end_work();
}

void Connection::receive_kept() {
  if (!has_patience_) {
    const std::int64_t us = to_us(context_.settings.keep_alive_timeout);
    const timeval patience{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
    ::setsockopt(client_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    has_patience_ = true;
  }
  const ssize_t size = context_.orders.receive_kept(client_.get(), conversation_.space());
  const int error = errno;
  context_.now = steady_now();
  // Without an order it was the patience that ended; with one, the conversation looks once more.
  if (size < 0 && error == EAGAIN && context_.orders.leaving()) return;
  if (size < 0 && error == EAGAIN) return conversation_.timed_out();
  errno = error;
  conversation_.received(size);
}

/// A slow client costs a blocking worker, and the log names it.
void Connection::give_up(const Awaited& awaited) {
  const std::string patience = rounded(steady_now() - awaited.since);
  switch (awaited.what) {
    case Awaited::What::head:
      context_.report.note("slow client: head not whole after " + patience);
      break;
    case Awaited::What::body:
      context_.report.note("slow client: body not whole after " + patience + ": " +
                           std::string(conversation_.request_line()));
      break;
    case Awaited::What::taking:
      context_.report.note("slow client: response not taken after " + patience);
      break;
    default: break;
  }
  conversation_.timed_out();
}

}  // namespace brood
