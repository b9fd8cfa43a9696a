#include "balance/forwarding/exchange.hpp"

#include "balance/forwarding/client_end.hpp"
#include "balance/forwarding/client_stream.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"
#include "balance/routing/load.hpp"
#include "http/connection_auth.hpp"

namespace brood {

Exchange::Exchange(HttpCommons& commons, ClientStream& stream, ClientEnd& client)
    : commons_(commons),
      forwarder_(commons.forwarder()),
      stream_(stream),
      client_(client),
      request_({.dispatcher = forwarder_.dispatcher(),
                .router = forwarder_.router(),
                .budget = commons.budget(),
                .settings = forwarder_.settings()},
               [&client] { client.client().wake(); }),
      question_(forwarder_.settings()),
      server_(commons) {}

// --- A permit.

void Exchange::begin() {
  const RequestHead& head = client_.session().head();
  const bool waits_for_leave =
      !request_.is_held() && request_.held().empty() && head.expects_continue;
  question_.set(head, client_.client().identity(), waits_for_leave);
  if (question_.forwarded() && forwarder_.settings().has_access_log)
    request_.record().client = to_string(question_.forwarded()->client);
  tell({.kind = RouteEvent::Kind::asked, .key = key()});
}

RequestKey Exchange::key() const {
  RequestKey key{.prefers = client_.client().pinned_to()};
  if (forwarder_.settings().routing.strategy == Strategy::hash) key.hash = question_.hash();
  return key;
}

bool Exchange::advance() {
  switch (stage_) {
    case Stage::queued: tell({}); return stage_ != Stage::queued;
    case Stage::connecting: connect(); return true;
    case Stage::exchanging: return exchange();
    case Stage::idle: break;
  }
  return false;
}

void Exchange::queue_timed_out() {
  tell({.kind = RouteEvent::Kind::late});
}

void Exchange::tell(const RoutedRequest::Event& event) {
  const RoutedRequest::Action action = request_.resume(event, client_.now());
  if (action.sign) forwarder_.saw(action.server, *action.sign);
  if (action.found_nobody) forwarder_.found_nobody();
  stage_ = Stage::idle;
  switch (action.next) {
    case Next::wait: stage_ = Stage::queued; break;
    case Next::connect: stage_ = Stage::connecting; break;
    case Next::refuse: return stream_.refuse(action.status, action.why);
    case Next::cut: return stream_.cut_answer(action.why);
    case Next::rest: break;
  }
}

// --- A connection.

void Exchange::connect() {
  // What is not held could not be sent again if a kept connection turned out to be closed.
  const bool may_be_shared = request_.is_held() && !question_.wants_own_connection(request_);
  const auto opened = server_.open(request_.server(), client_.client(), request_.wants_fresh(),
                                   may_be_shared, *this);
  if (opened) return begin_attempt();
  tell({.kind = RouteEvent::Kind::connect_failed,
        .key = key(),
        .error = opened.error().code.value()});
}

void Exchange::begin_attempt() {
  const Router& router = forwarder_.router();
  const ServerId server = request_.server();
  // Who proves who it is by its connection would begin anew on each.
  const bool is_last =
      !server_.is_pinned() && !question_.brings_auth() &&
      (question_.wants_own_connection(request_) || is_last_on_connection(router.view(server)));
  const std::string introduction =
      server_.was_kept() ? std::string{} : question_.introduction(client_.client().socket().fd());
  const bool is_sound = server_.attempt().start(
      {.request = question_.form(request_, router.settings_of(server).name, is_last),
       .introduction = introduction,
       .held = request_.held(),
       .is_held = request_.is_held(),
       .was_kept = server_.was_kept(),
       .permitted_at = request_.permitted_at()},
      client_.now());
  stage_ = Stage::exchanging;
  if (is_sound) return;
  server_.drop();
  tell({.kind = RouteEvent::Kind::unsendable});
}

// --- To and fro.

bool Exchange::exchange() {
  Attempt& attempt = server_.attempt();
  Event event;
  while (!client_.is_lost()) {
    const bool is_paused = client_.traffic().turn_is_over();
    switch (attempt.resume(event, client_.now())) {
      case Action::take_body:
        if (is_paused) {
          event = {.kind = Event::Kind::paused};
        } else if (const auto next = client_.take_body()) {
          event = *next;
        } else {
          // It breaks off or is malformed: the server is not to blame.
          abandon();
          stream_.go_on(ClientStream::Stage::asking);
          return true;
        }
        break;
      case Action::receive_body:
        event = {.kind = client_.receive() ? Event::Kind::received_body : Event::Kind::blocked};
        break;
      case Action::send:
        event = is_paused ? Event{.kind = Event::Kind::paused} : server_.send();
        break;
      case Action::receive:
        event = !client_.has_room() || is_paused ? Event{.kind = Event::Kind::paused}
                                                 : server_.receive();
        break;
      case Action::interim:
        answer_fields_.set_response(attempt.head());
        client_.session().forward_interim(answer());
        // HTTP/1.0 gets nothing of it.
        event = {.kind = Event::Kind::passed, .size = client_.session().output().size()};
        break;
      case Action::head: event = begin_answer(); break;
      case Action::body:
        client_.pass_body(attempt.session().body_piece());
        event = {.kind = Event::Kind::passed, .size = 1};
        break;
      case Action::wait: return pause();
      case Action::answered:
      case Action::switched: finish(); return true;
      case Action::failed: fail(); return true;
    }
    if (event.kind == Event::Kind::sent || event.kind == Event::Kind::received)
      client_.traffic().moved_elsewhere(event.size);
  }
  return true;
}

Attempt::Event Exchange::begin_answer() {
  see_answer();
  const ResponseHead& head = server_.attempt().head();
  OutgoingResponse answer = this->answer();
  if (head.framing == Framing::length) {
    answer.content_length = head.content_length;
  } else if (head.framing == Framing::none) {
    answer.content_length = told_length(head);
  }
  client_.traffic().begin_answer();
  if (client_.session().begin_forwarded(answer)) return {.kind = Event::Kind::passed, .size = 1};
  return {.kind = Event::Kind::refused, .text = "the answer cannot be passed on"};
}

/// As far as all answers have it in common.
OutgoingResponse Exchange::answer() const {
  const StatusLine& line = server_.attempt().head().line;
  return {.status = line.status, .reason = line.reason, .fields = answer_fields_.all()};
}

/// What the head of a final answer, or a 101, tells of the server and of the connection.
void Exchange::see_answer() {
  const Attempt& attempt = server_.attempt();
  const ResponseHead& head = attempt.head();
  Router& router = forwarder_.router();
  if (!is_server_failure(head.line.status))
    router.answering(request_.server(), attempt.latency(client_.now()), client_.now());
  if (question_.brings_auth() || asks_for_connection_auth(head)) server_.pin();
  answer_fields_.set_response(head);
  if (commons_.settings().names_server)
    answer_fields_.add("X-Brood-Server", router.settings_of(request_.server()).name);
}

/// \return whether there is more to do all the same.
bool Exchange::pause() {
  if (!server_.watch()) return ran_short(), true;
  client_.flush();
  return client_.is_lost() || client_.traffic().turn_is_over();
}

void Exchange::finish() {
  ServerSession& session = client_.session();
  Attempt& attempt = server_.attempt();
  attempt.note(request_.record());
  if (attempt.head().line.status == 101) {
    if (!server_.watch()) return ran_short();
    see_answer();
    OutgoingResponse answer = this->answer();
    answer.upgrade = answer_fields_.upgrade();
    session.switch_protocols(answer);
    stage_ = Stage::idle;
    return stream_.go_on(ClientStream::Stage::tunnelling);
  }
  session.end_response();
  server_.release(client_.client());
  const ServerId server = request_.server();
  tell({.kind = RouteEvent::Kind::answered,
        .is_failure = is_server_failure(attempt.head().line.status)});
  commons_.pool().trim(server);
  stream_.go_on(ClientStream::Stage::delivering);
}

// --- What a failure means is asked of the request.

void Exchange::fail() {
  const Attempt& attempt = server_.attempt();
  const Attempt::Failure& failure = attempt.failure();
  attempt.note(request_.record());
  server_.drop();
  using Kind = RouteEvent::Kind;
  tell({.kind = failure.error != 0 ? Kind::connect_failed : Kind::failed,
        .key = key(),
        .error = failure.error,
        .phase = failure.phase,
        .sign = failure.sign,
        .how = failure.how,
        .was_sent = attempt.was_sent()});
}

/// Something of our own is missing.
void Exchange::ran_short() {
  const Attempt& attempt = server_.attempt();
  server_.drop();
  tell({.kind = RouteEvent::Kind::ran_short,
        .phase = attempt.has_answer() ? RetryPhase::forwarding : RetryPhase::connecting,
        .was_sent = attempt.was_sent()});
}

void Exchange::abandon() {
  note_attempt();
  const bool has_waited = stage_ == Stage::exchanging && server_.attempt().has_waited();
  server_.drop();
  tell({.kind = RouteEvent::Kind::given_up, .has_waited = has_waited});
}

void Exchange::note_attempt() {
  if (stage_ == Stage::exchanging) server_.attempt().note(request_.record());
}

Tunnel::Begin Exchange::take_tunnel() {
  request_.hand_over_permit();
  return {.connection = server_.take(),
          .to_client = std::string(server_.attempt().session().unread()),
          .to_server = {},
          .permitted_at = request_.permitted_at(),
          .began_at = request_.began_at(),
          .record = std::move(request_.record())};
}

// --- Waiting for the server.

void Exchange::await_server() {
  if (stage_ != Stage::exchanging) return;
  const ForwardSettings& settings = forwarder_.settings();
  server_.set_deadline(server_.attempt().deadline(settings.connect_timeout, settings.server_timeout,
                                                  client_.is_full(), client_.now()));
}

void Exchange::on_server(ServerConnection&) {
  client_.client().advance();
}

void Exchange::on_server_deadline(ServerConnection&) {
  server_.attempt().resume({.kind = Event::Kind::timed_out}, client_.now());
  fail();
  client_.client().advance();
}

}  // namespace brood
