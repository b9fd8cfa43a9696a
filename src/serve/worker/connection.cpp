#include "serve/worker/connection.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "base/units.hpp"

namespace brood {
namespace {

/// So long a kept client's next request is waited for in recv() itself, where no order is heard:
/// half of what an idle worker may take to leave. The next request of a busy client comes within
/// it, and a poll before each recv() would cost as much again as the recv().
constexpr Duration kept_patience = std::chrono::milliseconds{50};

}  // namespace

void Connection::serve(UniqueFd client) {
  client_ = Socket(std::move(client));
  has_patience_ = false;
  context_.now = lived_now();
  conversation_.start(client_, false, context_.now + context_.settings.header_timeout);
  for (;;) {
    const Awaited awaited = conversation_.advance();
    if (awaited.what == Awaited::What::nothing) break;
    await(awaited);
    context_.now = lived_now();
  }
  client_ = Socket{};
}

void Connection::await(const Awaited& awaited) {
  switch (awaited.what) {
    case Awaited::What::turn: return;
    case Awaited::What::moment: return await_moment(awaited.deadline);
    case Awaited::What::request:
      if (conversation_.is_kept() && !context_.orders.leaving() && receive_kept()) return;
      break;
    default: break;
  }
  switch (wait(awaited)) {
    case Orders::Wait::ready: return client_.expect_input();
    case Orders::Wait::timed_out:
      if (lived_now() < awaited.deadline && !context_.somebody_waits()) return;
      return give_up(awaited);
    case Orders::Wait::lost: return conversation_.lost();
    case Orders::Wait::ordered: return;  // The conversation sees it.
  }
}

Orders::Wait Connection::wait(const Awaited& awaited) noexcept {
  const int client = client_.fd();
  if (awaited.what == Awaited::What::source)
    return context_.orders.wait(conversation_.source(), POLLIN, awaited.deadline, client);
  const short events = awaited.what == Awaited::What::taking ? POLLOUT : POLLIN;
  const bool is_silent = awaited.what == Awaited::What::request && !conversation_.is_kept();
  const TimePoint deadline =
      is_silent ? std::min(awaited.deadline, context_.now + silence_max) : awaited.deadline;
  return context_.orders.wait(client, events, deadline);
}

/// The request-timeout applies to a think-time as to a handler.
void Connection::await_moment(TimePoint moment) {
  context_.report.begin_work();
  while (context_.orders.wait(-1, 0, moment) != Orders::Wait::timed_out) continue;
  context_.report.end_work();
}

/// \return false when nothing has come for as long as nobody minds that no order is heard.
bool Connection::receive_kept() {
  if (!has_patience_) be_patient();
  const ssize_t size = client_.await_and_receive(conversation_.space());
  if (size < 0 && errno == EAGAIN) return false;
  const int error = errno;
  context_.now = lived_now();
  errno = error;
  conversation_.received(size);
  return true;
}

void Connection::be_patient() noexcept {
  // 0 would be for ever (socket(7)).
  const std::int64_t us = std::max<std::int64_t>(
      1, to_us(std::min(kept_patience, context_.settings.keep_alive_timeout)));
  const timeval patience{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
  ::setsockopt(client_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  has_patience_ = true;
}

/// A slow client costs a blocking worker, and the log names it.
void Connection::give_up(const Awaited& awaited) {
  context_.now = lived_now();
  if (conversation_.is_taken_still()) return;
  const std::string patience = format_rounded(context_.now - awaited.since);
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
