#include "serve/worker/answer_sender.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <utility>

#include "os/socket_queue.hpp"

namespace brood {
namespace {

/// A body up to this size goes out with its head, in one send.
constexpr std::size_t short_body_max = 16UL * 1024;

void set_nonblocking(int fd, bool on) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0) ::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

}  // namespace

AnswerSender::Step AnswerSender::send_output() {
  // Known bytes and files follow their head by themselves.
  const bool follows = outgoing_.is_direct() && session_.body_missing() > 0;
  while (!session_.output().empty()) {
    const ssize_t size = socket_->send(session_.output(), {}, follows ? MSG_MORE : 0);
    if (size >= 0) {
      const auto bytes = static_cast<std::size_t>(size);
      session_.sent(bytes);
      taking_.moved(bytes, context_.now);
      context_.report.progressed(context_.now);
      turn_.moved(bytes);
    } else if (errno == EAGAIN) {
      return Step::full;
    } else if (errno != EINTR) {
      return Step::lost;
    }
  }
  return Step::done;
}

std::span<const FieldView> AnswerSender::view_of(const std::vector<Field>& fields) {
  fields_.clear();
  for (const Field& field : fields) fields_.push_back({field.name, field.value});
  return fields_;
}

void AnswerSender::refuse(int status, const std::vector<Field>& fields) {
  session_.refuse(status, view_of(fields));
}

void AnswerSender::take(Response response, TimePoint asked_at) noexcept {
  response_ = std::move(response);
  due_ = asked_at + response_.not_before;
}

bool AnswerSender::begin() {
  session_.set_date(std::time(nullptr));  // A handler may have taken a while.
  if (response_.status == 205) response_.body = std::string{};
  const auto* const bytes = std::get_if<std::string>(&response_.body);
  if (bytes == nullptr || bytes->size() > short_body_max) return begin_long();
  session_.respond(response_.status, view_of(response_.fields), *bytes);
  return false;
}

bool AnswerSender::begin_long() {
  outgoing_.start(std::move(response_.body));
  const bool is_sound =
      session_.begin_response(response_.status, view_of(response_.fields), outgoing_.size());
  if (is_sound && session_.wants_response_body()) {
    is_silent_ = false;
    is_unblocked_ = context_.clients_block && outgoing_.is_direct();
    if (is_unblocked_) set_nonblocking(socket_->fd(), true);  // sendfile() knows no MSG_DONTWAIT.
    return true;
  }
  if (is_sound) session_.end_response();
  return false;
}

AnswerSender::Step AnswerSender::send_body() {
  switch (outgoing_.write_some(session_, *socket_, context_.scratch())) {
    case OutgoingBody::Step::moved:
      is_silent_ = false;
      if (outgoing_.is_direct()) taking_.moved(outgoing_.moved_size(), context_.now);
      context_.report.progressed(context_.now);
      turn_.moved(outgoing_.moved_size());
      return Step::moved;
    case OutgoingBody::Step::full: return Step::full;
    case OutgoingBody::Step::silent: return Step::silent;
    case OutgoingBody::Step::broken: return Step::broken;
    case OutgoingBody::Step::lost: return Step::lost;
    case OutgoingBody::Step::whole: session_.end_response(); break;
  }
  return Step::done;
}

void AnswerSender::abort() noexcept {
  // To a client of HTTP/1.0 the end of the connection would be the end of a whole body.
  if (session_.head().line.is_http_1_0 && !outgoing_.size()) socket_->reset_on_close();
  session_.abort_response();
}

void AnswerSender::end() noexcept {
  if (std::exchange(is_unblocked_, false)) set_nonblocking(socket_->fd(), false);
  outgoing_.clear();
  response_ = Response{};
}

/// What goes out little by little is only told if it is asked for.
Awaited AnswerSender::await_taking() noexcept {
  return {.what = Awaited::What::taking,
          .deadline = taking_.wait(context_.now, unsent_bytes(socket_->fd())),
          .since = context_.now + -taking_.waited(context_.now)};
}

Awaited AnswerSender::await_source() noexcept {
  if (!std::exchange(is_silent_, true)) source_deadline_ = context_.now + silence_max();
  return {.what = Awaited::What::source,
          .deadline = silence_max().count() > 0 ? source_deadline_ : never};
}

}  // namespace brood
