// The part of a conversation that knows the handler: from a request's head to the end of its
// response.
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <exception>
#include <string>

#include "os/socket_address.hpp"
#include "serve/worker/conversation.hpp"

namespace brood {
namespace {

/// A body up to this size goes out with its head, in one send.
constexpr std::size_t short_body_max = 16UL * 1024;
/// What a request counts for when turns are taken, besides its bytes.
constexpr std::int64_t request_weight = 4L * 1024;

int status_of_storage_error(int error) noexcept {
  return error == ENOSPC || error == EDQUOT || error == EFBIG ? 507 : 500;
}

void set_nonblocking(int fd, bool on) noexcept {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0) ::fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

Response failed_response() {
  Response failed;
  failed.status = 500;
  failed.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  failed.body = "500 Internal Server Error\n";
  return failed;
}

}  // namespace

/// The parts lie next to each other in the input, with one space between.
std::string_view Conversation::request_line() const noexcept {
  const std::string_view target = session_.target();
  const char* const begin = session_.method().data();
  constexpr std::size_t version_size = sizeof " HTTP/1.1" - 1;
  return {begin, static_cast<std::size_t>(target.data() - begin) + target.size() + version_size};
}

void Conversation::begin_work() noexcept {
  if (works_) return;
  works_ = true;
  context_.report.take_up(request_line());
  context_.now = context_.report.begin_work();
}

void Conversation::end_work() noexcept {
  if (!works_) return;
  works_ = false;
  context_.now = context_.report.end_work();
}

/// A query is of no matter, unless the path was given one.
bool Conversation::is_probe() const noexcept {
  const std::string_view asked = context_.settings.health_path;
  const auto mark = asked.find('?');
  if (asked.empty() || session_.path() != asked.substr(0, mark)) return false;
  if (session_.method() != "GET" && session_.method() != "HEAD") return false;
  return mark == asked.npos || session_.head().line.parts.query == asked.substr(mark + 1);
}

/// `OPTIONS *` asks about no resource, and so no handler (RFC 9110, section 9.3.7).
bool Conversation::is_for_server() const noexcept {
  return session_.path() == "*";
}

Request Conversation::request() {
  const RequestHead& head = session_.head();
  return {.method = head.line.method,
          .target = head.line.target,
          .path = head.line.parts.path,
          .query = head.line.parts.query,
          .host = view_.host(),
          .scheme = view_.scheme(),
          .is_http_1_0 = head.line.is_http_1_0,
          .fields = view_.fields(),
          .body = spool_.whole(),
          .connection_count = context_.report.connections(),
          .connection = &ends_,
          .asked_before = asked_};
}

std::span<const FieldView> Conversation::view_of(const std::vector<Field>& fields) {
  fields_.clear();
  for (const Field& field : fields) fields_.push_back({field.name, field.value});
  return fields_;
}

/// A proxy that speaks for itself is its own client.
void Conversation::introduce() {
  const std::optional<ProxiedEnds>& proxied = session_.proxied();
  ends_.introduce(proxied ? Peer{proxied->client.host, proxied->client.port} : ends_.client());
}

void Conversation::take_head() {
  allowance_ -= request_weight;
  asked_ = 0;
  spool_.clear();
  in_body_ = session_.has_body();
  if (in_body_) receiving_.start();
  if (is_probe()) return session_.admit(false);
  begin_flight();
  if (is_for_server()) return session_.admit(false);
  view_.look_at(session_.head(), context_.settings.trusted_forwarders, ends_);
  Admission admission = ask_admission();
  if (admission.status != 0) return refuse(admission.status, admission.fields);
  if (admission.wants_body) spool_.start(std::move(admission.body_file));
  session_.admit(admission.wants_body);
}

void Conversation::begin_flight() noexcept {
  is_in_flight_ = true;
  head_read_ = context_.now;
  context_.report.took_off();
}

void Conversation::end_flight() noexcept {
  if (std::exchange(is_in_flight_, false)) context_.report.landed();
}

Admission Conversation::ask_admission() {
  begin_work();
  std::string fault = "an exception that is no std::exception";
  try {
    return context_.handler.admit(request());
  } catch (const std::exception& error) {
    fault = error.what();
  } catch (...) {
  }
  context_.report.note("admit: " + fault);
  Admission failed;
  failed.status = 500;
  return failed;
}

void Conversation::take_body_piece() {
  if (const int error = spool_.append(session_.body_piece()); error != 0) refuse_body(error);
}

void Conversation::refuse_body(int error) {
  context_.report.note(std::string("request body: ") + std::strerror(error));
  refuse(status_of_storage_error(error), {});
}

void Conversation::close_if_last() noexcept {
  if (!context_.keeps_connection(session_.has_more_input())) session_.set_closing();
}

void Conversation::refuse(int status, const std::vector<Field>& fields) {
  in_body_ = false;
  close_if_last();
  session_.refuse(status, view_of(fields));
  end_answer(session_.status());
}

void Conversation::handle_request() {
  in_body_ = false;
  if (is_probe()) return answer_probe();
  if (is_for_server()) {
    close_if_last();
    session_.respond(200, {}, {});
    return end_answer(session_.status());
  }
  if (const int error = spool_.finish(); error != 0) return refuse_body(error);
  ask_for_answer();
}

void Conversation::ask_for_answer() {
  begin_work();
  const TimePoint begun = context_.now;
  response_ = ask_handler();
  end_work();
  if (!response_.asks_again) spool_.clear();
  ++asked_;
  context_.orders.look(context_.now);
  deadline_ = begun + response_.not_before;
  stage_ = Stage::thinking;
}

/// Who probes comes again after seconds, and would hold a blocking worker until then.
void Conversation::answer_probe() {
  constexpr FieldView type{"Content-Type", "text/plain; charset=utf-8"};
  close_if_last();
  if (context_.clients_block && !session_.has_more_input()) session_.set_closing();
  session_.respond(200, std::span(&type, 1), format_health(context_.report.health(context_.now)));
  has_answered_ = true;
  await_next_request();
}

Response Conversation::ask_handler() {
  std::string fault = "an exception that is no std::exception";
  try {
    return context_.handler.handle(request());
  } catch (const std::exception& error) {
    fault = error.what();
  } catch (...) {
  }
  context_.report.note("handler: " + fault);
  return failed_response();
}

Conversation::Pause Conversation::think() {
  if (response_.not_before.count() > 0 && context_.now < deadline_)
    return Awaited{.what = What::moment, .deadline = deadline_};
  if (response_.asks_again) {
    allowance_ -= request_weight;
    ask_for_answer();
  } else {
    begin_answer();
  }
  return std::nullopt;
}

void Conversation::begin_answer() {
  session_.set_date(std::time(nullptr));  // A handler may have taken a while.
  close_if_last();
  if (response_.status == 205) response_.body = std::string{};
  const auto* const bytes = std::get_if<std::string>(&response_.body);
  if (bytes == nullptr || bytes->size() > short_body_max) return begin_long_answer();
  session_.respond(response_.status, view_of(response_.fields), *bytes);
  end_answer(session_.status());
}

void Conversation::begin_long_answer() {
  outgoing_.start(std::move(response_.body));
  const bool is_sound =
      session_.begin_response(response_.status, view_of(response_.fields), outgoing_.size());
  if (is_sound && session_.wants_response_body()) {
    stage_ = Stage::answering;
    is_silent_ = false;
    is_unblocked_ = context_.clients_block && outgoing_.is_direct();
    if (is_unblocked_) set_nonblocking(client_, true);  // sendfile() knows no MSG_DONTWAIT.
    return;
  }
  if (is_sound) session_.end_response();
  end_answer(session_.status());
}

Conversation::Pause Conversation::carry_out() {
  const bool follows = outgoing_.is_direct() && session_.body_missing() > 0;
  if (const Pause full = flush(follows ? MSG_MORE : 0)) return full;
  if (!outgoing_.is_direct()) begin_work();  // It may be the handler who gives the next piece.
  switch (outgoing_.write_some(session_, client_, context_.scratch())) {
    case OutgoingBody::Step::moved:
      is_silent_ = false;
      if (outgoing_.is_direct()) sending_.moved(outgoing_.moved_size(), context_.now);
      context_.report.progressed(context_.now);
      allowance_ -= static_cast<std::int64_t>(outgoing_.moved_size());
      break;
    case OutgoingBody::Step::full: return await_taking();
    case OutgoingBody::Step::silent: return await_source();
    case OutgoingBody::Step::broken: cut_off(outgoing_.fault()); break;
    case OutgoingBody::Step::lost: lost(); break;
    case OutgoingBody::Step::whole:
      session_.end_response();
      end_answer(session_.status());
      break;
  }
  return std::nullopt;
}

Awaited Conversation::await_source() {
  const Duration silence_max = outgoing_.silence_max();
  if (!is_silent_) source_deadline_ = context_.now + silence_max;
  is_silent_ = true;
  return {.what = What::source, .deadline = silence_max.count() > 0 ? source_deadline_ : never};
}

void Conversation::cut_off(const std::string& why) {
  context_.report.note("response cut off: " + why);
  if (session_.head().line.is_http_1_0 && !outgoing_.size()) reset_on_close(client_);
  session_.abort_response();
  end_answer(500);
}

void Conversation::end_answer(int status) noexcept {
  if (is_unblocked_) set_nonblocking(client_, false);
  is_unblocked_ = false;
  outgoing_.clear();
  response_ = Response{};
  stage_ = Stage::asking;
  has_answered_ = true;
  await_next_request();
  account(status);
}

/// A request whose head was refused was never in flight.
void Conversation::account(int status) noexcept {
  if (is_in_flight_) context_.report.took(context_.now - head_read_, context_.now);
  end_flight();
  context_.report.end_request(status);
}

}  // namespace brood
