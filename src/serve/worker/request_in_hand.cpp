#include "serve/worker/request_in_hand.hpp"

#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "os/socket_queue.hpp"

namespace brood {
namespace {

/// What others write who log a client that has left before it was answered.
constexpr int status_left = 499;

char mark_of(AnswerSent::End end) noexcept {
  switch (end) {
    case AnswerSent::End::kept: return '+';
    case AnswerSent::End::closing: return '-';
    default: return 'X';
  }
}

void fail(Admission& admission) {
  admission.status = 500;
}

void fail(Response& response) {
  response.status = 500;
  response.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.body = "500 Internal Server Error\n";
}

}  // namespace

/// The parts lie next to each other in the input, with one space between.
std::string_view RequestInHand::line() const noexcept {
  const std::string_view target = head_.line.target;
  const char* const begin = head_.line.method.data();
  constexpr std::size_t version_size = sizeof " HTTP/1.1" - 1;
  return {begin, static_cast<std::size_t>(target.data() - begin) + target.size() + version_size};
}

void RequestInHand::connected(int fd) noexcept {
  queued_ = Duration{-1};
  if (context_.access_log && context_.access_log->tells_queue())
    queued_ = since_received(fd).value_or(Duration{-1});
}

Admission RequestInHand::begin() {
  asked_ = 0;
  spool_.clear();
  kind_ = built_in_.kind_of(head_);
  if (kind_ != Kind::probe) {
    is_in_flight_ = true;
    head_read_ = context_.now;
    context_.report.took_off();
  }
  view_.look_at(head_, context_.settings.trusted_forwarders, ends_);
  if (kind_ != Kind::none) return {};
  begin_work();
  Admission admission = ask_safely("admit", [this] { return context_.handler.admit(request()); });
  if (admission.status == 0 && admission.wants_body) spool_.start(std::move(admission.body_file));
  return admission;
}

int RequestInHand::take_body(std::string_view piece) {
  return status_of_storage(spool_.append(piece));
}

int RequestInHand::finish_body() {
  return status_of_storage(spool_.finish());
}

int RequestInHand::status_of_storage(int error) {
  if (error == 0) return 0;
  context_.report.note(std::string("request body: ") + std::strerror(error));
  return error == ENOSPC || error == EDQUOT || error == EFBIG ? 507 : 500;
}

Response RequestInHand::ask() {
  if (kind_ != Kind::none) {
    asked_at_ = context_.now;
    return built_in_.handle(request());
  }
  begin_work();
  asked_at_ = context_.now;
  Response response = ask_safely("handler", [this] { return context_.handler.handle(request()); });
  end_work();
  if (!response.asks_again) spool_.clear();
  ++asked_;
  context_.orders.look(context_.now);
  return response;
}

template <class Ask>
auto RequestInHand::ask_safely(std::string_view what, Ask ask) -> decltype(ask()) {
  std::string fault(what);
  try {
    return ask();
  } catch (const std::exception& error) {
    fault += std::string(": ") + error.what();
  } catch (...) {
    fault += ": an exception that is no std::exception";
  }
  context_.report.note(fault);
  decltype(ask()) failed;
  fail(failed);
  return failed;
}

Request RequestInHand::request() {
  const RequestLine& line = head_.line;
  return {.method = line.method,
          .target = line.target,
          .path = line.parts.path,
          .query = line.parts.query,
          .host = view_.host(),
          .scheme = view_.scheme(),
          .is_http_1_0 = line.is_http_1_0,
          .fields = view_.fields(),
          .body = spool_.whole(),
          .connection_count = context_.report.connections(),
          .connection = &ends_,
          .asked_before = asked_};
}

void RequestInHand::begin_work() noexcept {
  if (std::exchange(works_, true)) return;
  context_.report.take_up(line());
  context_.now = context_.report.begin_work();
}

void RequestInHand::end_work() noexcept {
  if (std::exchange(works_, false)) context_.now = context_.report.end_work();
}

void RequestInHand::end(const AnswerSent& answer) noexcept {
  if (std::exchange(kind_, Kind::none) == Kind::probe) return;
  if (is_in_flight_) context_.report.took(context_.now - head_read_, context_.now);
  log(answer, is_in_flight_ ? line() : std::string_view{});
  land();
  context_.report.end_request(answer.end == AnswerSent::End::broken ? 500 : answer.status);
}

/// One whose head was refused was never in flight.
void RequestInHand::refused(const AnswerSent& answer, std::string_view line) noexcept {
  kind_ = Kind::none;
  if (is_in_flight_) return end(answer);
  log(answer, line);
  context_.report.end_request(answer.status);
}

void RequestInHand::drop() noexcept {
  if (is_in_flight_) log({.status = status_left, .end = AnswerSent::End::left}, line());
  spool_.clear();
  land();
  context_.report.put_down();
}

void RequestInHand::log(const AnswerSent& answer, std::string_view line) noexcept {
  if (!context_.access_log) return;
  try {
    const std::string client = ends_.client().host;
    AccessEntry entry{.line = line,
                      .client = client,
                      .status = answer.status,
                      .body_bytes = answer.body_bytes,
                      .queued = std::exchange(queued_, Duration{-1}),
                      .ended = mark_of(answer.end)};
    if (is_in_flight_) {
      entry.head = &head_;
      entry.duration = context_.now - head_read_;
    }
    context_.access_log->add(entry);
  } catch (const std::bad_alloc&) {
    context_.report.lost_access_lines(1);
  }
}

void RequestInHand::land() noexcept {
  if (std::exchange(is_in_flight_, false)) context_.report.landed();
}

}  // namespace brood
