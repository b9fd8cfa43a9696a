// What an event-driven worker does for its connections.
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "serve/worker/event_worker.hpp"

namespace brood {
namespace {

constexpr Duration way_given = std::chrono::milliseconds{1};

std::uint32_t wanted_events(const Client& client) noexcept {
  return input_events | EPOLLET | (client.watches_output ? EPOLLOUT : 0U);
}

}  // namespace

WorkerState EventWorker::state() const noexcept {
  const bool is_full = report_.open() >= context_.settings.connections_per_worker;
  return is_full || is_finishing() ? WorkerState::busy : WorkerState::idle;
}

EventTag EventWorker::tag_of(EventTag::Kind kind, std::uint32_t id) noexcept {
  return {kind, clients_.at(id).generation, id};
}

/// A listener that cannot be watched for the moment is tried again: who does not hear of clients is
/// no spare.
void EventWorker::start_accepting() {
  const std::uint32_t exclusive = context_.settings.epoll_exclusive ? EPOLLEXCLUSIVE : 0U;
  for (const int listener : listeners_) {
    if (std::ranges::find(watched_, listener) != watched_.end()) continue;
    if (epoll_.add(listener, EPOLLIN | exclusive,
                   {EventTag::Kind::listener, 0, static_cast<std::uint32_t>(listener)}))
      watched_.push_back(listener);
    else
      accept_again_ = context_.now + backoff_.failed("epoll_ctl", errno, report_);
  }
}

void EventWorker::stop_accepting() noexcept {
  for (const int listener : watched_) epoll_.remove(listener);
  watched_.clear();
}

/// One at a time: the rest may be a sibling's. \return whether a connection was taken.
bool EventWorker::accept_from(int listener) {
  if (watched_.empty()) return false;  // The event is from before we stopped.
  UniqueFd client{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!client) {
    on_accept_error(listener, errno);
    return false;
  }
  backoff_.succeeded();
  admit(std::move(client));
  if (state() == WorkerState::busy)
    stop_accepting();
  else if (report_.is_crowded())
    give_way();
  return true;
}

/// Its first bytes are there already, where accepts are deferred: so it is served at once, and only
/// who is not done then has to be watched.
void EventWorker::admit(UniqueFd client) {
  const TimePoint deadline = context_.now + context_.settings.header_timeout;
  const std::uint32_t id = clients_.open(std::move(client), deadline);
  report_.opened();
  if (place_.request_quota > 0 && report_.connections() >= place_.request_quota)
    context_.is_finishing = true;
  if (is_finishing()) report_.take_no_more();
  report_.publish(state());
  clients_.engage(clients_.at(id));
  advance(id);
  watch_client(id);
}

void EventWorker::watch_client(std::uint32_t id) {
  Client& client = clients_.at(id);
  if (!client.socket) return;
  client.is_watched =
      epoll_.add(client.socket.fd(), wanted_events(client), tag_of(EventTag::Kind::client, id));
  if (!client.is_watched) close(id);
}

/// Leaves the listeners' queues for a moment and comes back at their ends: the kernel wakes who is
/// first, and a sibling that is just finishing something is not in its wait yet.
void EventWorker::give_way() {
  stop_accepting();
  accept_again_ = context_.now + way_given;
}

/// Where all places are taken and others wait, those who have said nothing yet lose theirs.
void EventWorker::make_room() {
  if (is_finishing() || state() != WorkerState::busy || context_.now < room_made_ + silence_max)
    return;
  room_made_ = context_.now;
  std::uint32_t wanted = report_.waiting();
  const TimePoint latest = context_.now + (context_.settings.header_timeout - silence_max);
  for (std::uint32_t id = 0; id < clients_.size() && wanted > 0; ++id) {
    const Client& client = clients_.at(id);
    const bool is_silent = client.socket && !client.conversation && !client.is_kept;
    if (!is_silent || client.deadline > latest) continue;
    close(id);
    --wanted;
  }
}

void EventWorker::on_accept_error(int listener, int error) {
  switch (accept_error(error)) {
    case AcceptError::shut_down:
      if (!report_.is_server_stopping()) break;
      epoll_.remove(listener);
      std::erase(watched_, listener);
      std::erase(listeners_, listener);
      return;
    case AcceptError::exhausted: break;
    case AcceptError::transient: return;
  }
  accept_again_ = context_.now + backoff_.failed("accept", error, report_);
  stop_accepting();
}

void EventWorker::on_client(std::uint32_t id, std::uint32_t events) {
  Client& client = clients_.at(id);
  client.socket.note(events);
  Conversation& conversation = clients_.engage(client);
  if (client.awaited == Awaited::What::source && (events & loss_events) != 0) conversation.lost();
  advance(id);
}

void EventWorker::on_deadline(std::uint32_t id) {
  Client& client = clients_.at(id);
  if (!client.conversation) return close(id);
  client.conversation->timed_out();
  advance(id);
}

void EventWorker::advance(std::uint32_t id) {
  Client& client = clients_.at(id);
  if (!client.conversation) return;  // It was parked since the event happened.
  const Awaited awaited = client.conversation->advance();
  report_.put_down();
  await(id, awaited);
}

void EventWorker::await(std::uint32_t id, const Awaited& awaited) {
  Client& client = clients_.at(id);
  client.awaited = awaited.what;
  switch (awaited.what) {
    case Awaited::What::nothing: return close(id);
    case Awaited::What::turn: turns_.push_back(tag_of(EventTag::Kind::client, id)); return;
    case Awaited::What::moment: return wheel_.set(id, awaited.deadline);
    case Awaited::What::source: await_source(id); break;
    case Awaited::What::taking: await_output(id); break;
    case Awaited::What::request:
      client.is_kept = client.conversation->is_kept();
      if (client.conversation->is_at_rest()) clients_.park(client);
      break;
    default: break;
  }
  wheel_.set_roughly(id, awaited.deadline);
}

void EventWorker::await_source(std::uint32_t id) {
  const int source = clients_.at(id).conversation->source();
  const EventTag tag = tag_of(EventTag::Kind::source, id);
  constexpr std::uint32_t once = EPOLLIN | EPOLLONESHOT;
  if (epoll_.modify(source, once, tag)) return;
  if (epoll_.add(source, once, tag)) return;
  turns_.push_back(tag);  // Not to be waited for: always ready.
}

/// From now on it is told of output as well; few clients ever need it.
void EventWorker::await_output(std::uint32_t id) {
  Client& client = clients_.at(id);
  if (std::exchange(client.watches_output, true) || !client.is_watched) return;
  epoll_.modify(client.socket.fd(), wanted_events(client), tag_of(EventTag::Kind::client, id));
}

void EventWorker::close(std::uint32_t id) {
  wheel_.remove(id);
  clients_.close(id);
  report_.closed();
  if (is_finishing() && report_.open() == 0) return;  // What comes next is EXIT.
  report_.publish(state());
  if (state() == WorkerState::idle && accept_again_ == never) start_accepting();
}

}  // namespace brood
