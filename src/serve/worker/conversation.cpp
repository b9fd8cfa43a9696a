#include "serve/worker/conversation.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "base/units.hpp"
#include "os/socket_queue.hpp"

namespace brood {
namespace {

/// How long a closing connection is read on without a byte: less than in the balancer, for here it
/// may cost a whole worker.
constexpr Duration linger_silence = std::chrono::seconds{2};
/// A connection on which nothing has come yet gets this long when the worker is to leave.
constexpr Duration fresh_grace = std::chrono::seconds{1};
/// So much may move before others have their turn.
constexpr std::int64_t turn_size = 512L * 1024;
/// Nor may it take longer to receive, whatever makes the bytes dear: small pieces, a slow disk.
constexpr Duration turn_time = std::chrono::milliseconds{2};

}  // namespace

Conversation::Conversation(WorkerContext& context)
    : context_(context),
      session_(context.settings.http),
      receiving_(context.settings.body_timeout, context.settings.min_rate),
      sending_(context.settings.write_timeout, context.settings.min_rate),
      lingering_(linger_silence) {}

void Conversation::start(int client, bool is_kept, TimePoint deadline,
                         std::unique_ptr<const Peer> introduced) {
  session_.start();
  client_ = client;
  ends_ = SocketEnds(client, std::move(introduced));
  if (!is_kept && !ends_.is_introduced() &&
      ends_.is_client_among(context_.settings.trusted_proxies))
    session_.expect_proxy_header();
  deadline_ = deadline;
  sending_.start();
  stage_ = Stage::asking;
  has_answered_ = is_kept;
  in_body_ = at_end_ = is_hurried_ = false;
  may_receive_ = true;
}

Awaited Conversation::advance() {
  allowance_ = turn_size;
  looks_ = 0;
  Pause pause;
  while (!pause) pause = step();
  end_work();
  awaited_ = pause->what;
  return *pause;
}

Conversation::Pause Conversation::step() {
  if (allowance_ <= 0) return Awaited{.what = What::turn};
  switch (stage_) {
    case Stage::asking: return ask();
    case Stage::thinking: return think();
    case Stage::answering: return carry_out();
    case Stage::closing: return close();
    case Stage::lingering: return linger();
    case Stage::ended: break;
  }
  return end();
}

Conversation::Pause Conversation::ask() {
  switch (session_.next()) {
    case ServerSession::Step::need_bytes: return receive();
    case ServerSession::Step::introduced: introduce(); break;
    case ServerSession::Step::head: take_head(); break;
    case ServerSession::Step::body: take_body_piece(); break;
    case ServerSession::Step::request:
      // Earlier answers do not wait for this one's work.
      if (const Pause full = flush()) return full;
      handle_request();
      break;
    case ServerSession::Step::close:
      if (session_.refused_status() != 0) account(session_.refused_status());
      // Who has been told to leave may close while the client's next request is on its way.
      crosses_ = context_.orders.leaving() && !session_.output().empty();
      stage_ = Stage::closing;
      break;
  }
  return std::nullopt;
}

Conversation::Pause Conversation::receive() {
  if (!session_.output().empty()) {
    if (const Pause full = flush()) return full;
    if (is_kept()) await_next_request();
  }
  // A request may have come together with the order to leave: that one is in hand.
  const bool looks_once_more = is_kept() && context_.orders.leaving();
  if (!may_receive_ && !looks_once_more) return await_input();
  if (has_taken_long()) return Awaited{.what = What::turn};
  const std::span<char> space = session_.space();
  const ssize_t size = ::recv(client_, space.data(), space.size(), MSG_DONTWAIT);
  // Less than there was room for: that was all, but for an end that has announced itself.
  may_receive_ = at_end_ || size == static_cast<ssize_t>(space.size());
  received(size);
  return std::nullopt;
}

/// Most turns look once or twice, and need not know the time.
bool Conversation::has_taken_long() noexcept {
  if (looks_++ == 0) return false;
  const TimePoint now = steady_now();
  if (looks_ == 2) turn_begun_ = now;
  return now - turn_begun_ > turn_time;
}

void Conversation::received(ssize_t size) {
  if (size > 0) {
    if (is_kept()) deadline_ = context_.now + context_.settings.header_timeout;
    if (in_body_) receiving_.moved(static_cast<std::uint64_t>(size), context_.now);
    session_.received(static_cast<std::size_t>(size));
    session_.set_date(std::time(nullptr));
    context_.report.progressed(context_.now);
    allowance_ -= size;
  } else if (size == 0) {
    session_.end_of_input();
  } else if (errno == EAGAIN) {
    may_receive_ = at_end_ = false;
    if (is_kept() && context_.orders.leaving()) lost();
  } else if (errno == EINTR) {
    may_receive_ = true;
  } else {
    lost();
  }
}

void Conversation::await_next_request() noexcept {
  deadline_ = context_.now + (session_.in_request() ? context_.settings.header_timeout
                                                    : context_.settings.keep_alive_timeout);
}

Awaited Conversation::await_input() {
  if (in_body_)
    return {.what = What::body,
            .deadline = receiving_.wait(context_.now),
            .since = context_.now + -receiving_.waited(context_.now)};
  if (session_.in_request())
    return {.what = What::head,
            .deadline = deadline_,
            .since = deadline_ + -context_.settings.header_timeout};
  if (!has_answered_ && context_.orders.leaving() && !is_hurried_) {
    is_hurried_ = true;
    deadline_ = std::min(deadline_, context_.now + fresh_grace);
  }
  return {.what = What::request, .deadline = deadline_};
}

void Conversation::readable(bool at_end) noexcept {
  may_receive_ = true;
  at_end_ |= at_end;
}

/// \param flags for send(): MSG_MORE where a body follows by itself.
Conversation::Pause Conversation::flush(int flags) {
  while (!session_.output().empty()) {
    const std::string_view bytes = session_.output();
    const ssize_t size =
        ::send(client_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL | flags);
    if (size >= 0) {
      session_.sent(static_cast<std::size_t>(size));
      sending_.moved(static_cast<std::uint64_t>(size), context_.now);
      context_.report.progressed(context_.now);
      allowance_ -= size;
    } else if (errno == EAGAIN) {
      return await_taking();
    } else if (errno != EINTR) {
      lost();
      return end();
    }
  }
  return std::nullopt;
}

Awaited Conversation::await_taking() noexcept {
  return {.what = What::taking,
          .deadline = sending_.wait(context_.now, unsent_bytes(client_)),
          .since = context_.now + -sending_.waited(context_.now)};
}

Conversation::Pause Conversation::close() {
  if (const Pause full = flush()) return full;
  stage_ = Stage::ended;
  if (!session_.wants_linger() && !crosses_) return end();
  ::shutdown(client_, SHUT_WR);
  lingering_.start(context_.now);
  stage_ = Stage::lingering;
  return std::nullopt;
}

Conversation::Pause Conversation::linger() {
  if (context_.now >= lingering_.deadline()) return end();
  const std::span<char> scratch = context_.scratch();
  const ssize_t size = ::recv(client_, scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (size > 0) {
    allowance_ -= size;
    lingering_.received(context_.now);
  }
  if (size > 0 || (size < 0 && errno == EINTR)) return std::nullopt;
  if (size == 0 || errno != EAGAIN) return end();
  return Awaited{.what = What::closing, .deadline = lingering_.deadline()};
}

/// Room for a good deal is told at once, what goes out little by little only if it is asked for.
bool Conversation::is_taken_still() noexcept {
  return awaited_ == What::taking && await_taking().deadline > context_.now;
}

void Conversation::timed_out() {
  if (is_taken_still()) return;
  switch (awaited_) {
    case What::head:
    case What::body: return session_.timed_out();
    case What::source:
      return cut_off("nothing has come for " + format_duration(outgoing_.silence_max()));
    case What::request:
    case What::taking:
    case What::closing: return lost();
    default: return;
  }
}

void Conversation::lost() noexcept {
  if (stage_ == Stage::answering) end_answer(session_.status());
  stage_ = Stage::ended;
}

Awaited Conversation::end() noexcept {
  stage_ = Stage::ended;
  spool_.clear();
  outgoing_.clear();
  response_ = Response{};
  end_flight();
  context_.report.put_down();
  return {};
}

}  // namespace brood
