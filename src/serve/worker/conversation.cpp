#include "serve/worker/conversation.hpp"

#include <cerrno>
#include <utility>

#include "base/units.hpp"

namespace brood {
namespace {

/// How long a closing connection is read on without a byte: less than in the balancer, for here it
/// may cost a whole worker.
constexpr Duration linger_silence = std::chrono::seconds{2};

}  // namespace

Conversation::Conversation(WorkerContext& context)
    : context_(context),
      session_(context.settings.http),
      reader_(context, session_, turn_),
      request_(context, session_.head(), ends_),
      sender_(context, session_, turn_),
      lingering_(linger_silence) {}

void Conversation::start(Socket& socket, bool is_kept, TimePoint deadline,
                         std::unique_ptr<const Peer> introduced) {
  session_.start();
  socket_ = &socket;
  ends_ = SocketEnds(socket.fd(), std::move(introduced));
  if (!is_kept && !ends_.is_introduced() &&
      ends_.is_client_among(context_.settings.trusted_proxies))
    session_.expect_proxy_header();
  reader_.start(socket, is_kept, deadline);
  sender_.start(socket);
  if (!is_kept) request_.connected(socket.fd());
  stage_ = Stage::asking;
}

Awaited Conversation::advance() {
  turn_.begin();
  Pause pause;
  while (!pause) pause = step();
  request_.end_work();
  if (context_.access_log) context_.access_log->flush();  // What was answered is on its way.
  awaited_ = pause->what;
  return *pause;
}

Pause Conversation::step() {
  if (turn_.is_over()) return Awaited{.what = Awaited::What::turn};
  switch (stage_) {
    case Stage::asking: return ask();
    case Stage::sending: return send();
    case Stage::thinking: return think();
    case Stage::answering: return answer();
    case Stage::closing: return close();
    case Stage::lingering: return linger();
    case Stage::ended: break;
  }
  return end();
}

// --- Requests.

Pause Conversation::ask() {
  switch (session_.next()) {
    case ServerSession::Step::need_bytes:
      if (session_.output().empty()) return receive();
      stage_ = Stage::sending;
      break;
    case ServerSession::Step::introduced: introduce(); break;
    case ServerSession::Step::head: take_head(); break;
    case ServerSession::Step::body:
      if (const int status = request_.take_body(session_.body_piece()); status != 0) refuse(status);
      break;
    case ServerSession::Step::request: return take_request();
    case ServerSession::Step::close:
      if (session_.refused_status() != 0)
        request_.refused(answered(AnswerSent::End::closing), session_.refused_line());
      // Who has been told to leave may close while the client's next request is on its way.
      crosses_ = context_.orders.leaving() && !session_.output().empty();
      stage_ = Stage::closing;
      break;
  }
  return std::nullopt;
}

Pause Conversation::receive() {
  switch (reader_.receive()) {
    case RequestReader::Got::something: return std::nullopt;
    case RequestReader::Got::nothing: return reader_.await();
    case RequestReader::Got::no_turn: return Awaited{.what = Awaited::What::turn};
    case RequestReader::Got::lost: break;
  }
  return end();
}

void Conversation::received(ssize_t size) {
  if (reader_.received(size) == RequestReader::Got::lost) lost();
}

/// A proxy that speaks for itself is its own client.
void Conversation::introduce() {
  const std::optional<ProxiedEnds>& proxied = session_.proxied();
  ends_.introduce(proxied ? Peer{proxied->client.host, proxied->client.port} : ends_.client());
}

void Conversation::take_head() {
  turn_.took_request();
  if (session_.has_body()) reader_.begin_body();
  const Admission admission = request_.begin();
  if (admission.status != 0) return refuse(admission.status, admission.fields);
  session_.admit(admission.wants_body);
}

/// Earlier answers do not wait for this one's work.
Pause Conversation::take_request() {
  if (const Pause full = send_output()) return full;
  reader_.end_body();
  if (const int status = request_.finish_body(); status != 0)
    refuse(status);
  else
    ask_handler();
  return std::nullopt;
}

// --- Answers.

void Conversation::ask_handler() {
  Response response = request_.ask();
  sender_.take(std::move(response), request_.asked_at());
  stage_ = Stage::thinking;
}

Pause Conversation::think() {
  if (!sender_.is_due()) return sender_.await_due();
  if (sender_.asks_again()) {
    turn_.took_request();
    ask_handler();
  } else {
    begin_answer();
  }
  return std::nullopt;
}

void Conversation::begin_answer() {
  close_if_last();
  if (sender_.begin())
    stage_ = Stage::answering;
  else
    end_answer(AnswerSent::End::kept);
}

Pause Conversation::answer() {
  if (const Pause full = send_output()) return full;
  if (sender_.asks_handler()) request_.begin_work();
  switch (sender_.send_body()) {
    case AnswerSender::Step::moved: break;
    case AnswerSender::Step::full: return sender_.await_taking();
    case AnswerSender::Step::silent: return sender_.await_source();
    case AnswerSender::Step::broken: cut_off(sender_.fault()); break;
    case AnswerSender::Step::lost: lost(); break;
    case AnswerSender::Step::done: end_answer(AnswerSent::End::kept); break;
  }
  return std::nullopt;
}

void Conversation::cut_off(const std::string& why) {
  context_.report.note("response cut off: " + why);
  sender_.abort();
  end_answer(AnswerSent::End::broken);
}

void Conversation::refuse(int status, const std::vector<Field>& fields) {
  reader_.end_body();
  close_if_last();
  sender_.refuse(status, fields);
  end_answer(AnswerSent::End::kept);
}

/// \param end kept also if it closes: the session knows.
AnswerSent Conversation::answered(AnswerSent::End end) const noexcept {
  if (end == AnswerSent::End::kept && session_.must_close()) end = AnswerSent::End::closing;
  return {.status = session_.status(), .body_bytes = session_.body_bytes(), .end = end};
}

void Conversation::end_answer(AnswerSent::End end) noexcept {
  sender_.end();
  stage_ = Stage::asking;
  reader_.answered();
  request_.end(answered(end));
}

Pause Conversation::send_output() {
  switch (sender_.send_output()) {
    case AnswerSender::Step::full: return sender_.await_taking();
    case AnswerSender::Step::lost: lost(); return end();
    default: return std::nullopt;
  }
}

/// All answers are to be on their way before it waits for the next request.
Pause Conversation::send() {
  if (const Pause full = send_output()) return full;
  if (is_kept()) reader_.await_next();
  stage_ = Stage::asking;
  return std::nullopt;
}

// --- The end.

/// Who probes comes again after seconds, and would hold a blocking worker until then.
void Conversation::close_if_last() noexcept {
  const bool has_more = session_.has_more_input();
  const bool holds_worker = context_.clients_block && request_.is_probe() && !has_more;
  if (holds_worker || !context_.keeps_connection(has_more)) session_.set_closing();
}

Pause Conversation::close() {
  if (const Pause full = send_output()) return full;
  if (!session_.wants_linger() && !crosses_) return end();
  socket_->end_output();
  lingering_.start(context_.now);
  stage_ = Stage::lingering;
  return std::nullopt;
}

Pause Conversation::linger() {
  if (context_.now >= lingering_.deadline()) return end();
  const ssize_t size = socket_->receive(context_.scratch());
  if (size > 0) {
    turn_.moved(static_cast<std::uint64_t>(size));
    lingering_.received(context_.now);
  }
  if (size > 0 || (size < 0 && errno == EINTR)) return std::nullopt;
  if (size == 0 || errno != EAGAIN) return end();
  return Awaited{.what = Awaited::What::closing, .deadline = lingering_.deadline()};
}

/// Room for a good deal is told at once, what goes out little by little only if it is asked for.
bool Conversation::is_taken_still() noexcept {
  return awaited_ == Awaited::What::taking && sender_.await_taking().deadline > context_.now;
}

void Conversation::timed_out() {
  if (is_taken_still()) return;
  switch (awaited_) {
    case Awaited::What::head:
    case Awaited::What::body: return session_.timed_out();
    case Awaited::What::source:
      return cut_off("nothing has come for " + format_duration(sender_.silence_max()));
    case Awaited::What::request:
    case Awaited::What::taking:
    case Awaited::What::closing: return lost();
    default: return;
  }
}

void Conversation::lost() noexcept {
  if (stage_ == Stage::answering) end_answer(AnswerSent::End::left);
  stage_ = Stage::ended;
}

Awaited Conversation::end() noexcept {
  stage_ = Stage::ended;
  sender_.end();
  request_.drop();
  return {};
}

}  // namespace brood
