#pragma once

#include <cstdint>

#include "balance/forwarding/routed_request.hpp"
#include "balance/forwarding/server_end.hpp"
#include "balance/forwarding/server_question.hpp"
#include "balance/forwarding/tunnel.hpp"
#include "http/forwarding.hpp"

namespace brood {

class ClientEnd;
class ClientStream;
class Forwarder;
class HttpCommons;

/// A client's request and a server, brought together: what RoutedRequest and Attempt decide is
/// carried out here. From the moment on in which the request is whole, or as much of it as is held,
/// until its answer is written; the stream is told then.
class Exchange final : private ServerUser {
 public:
  Exchange(HttpCommons& commons, ClientStream& stream, ClientEnd& client);

  RoutedRequest& request() noexcept { return request_; }

  void begin();
  /// Goes on. \return whether there is more to do without waiting.
  bool advance();
  /// Sets the deadline for what a server is waited for.
  void await_server();
  /// It waits for a permit, or for room in a server's queue, until request().deadline().
  bool is_queued() const noexcept { return stage_ == Stage::queued; }
  void queue_timed_out();
  /// It waits for more of the request's body.
  bool awaits_body() const noexcept {
    return stage_ == Stage::exchanging && server_.attempt().awaits_body();
  }
  /// Whatever is under way at a server is of no use any more.
  void abandon();
  /// What is known of the attempt goes into the request's record.
  void note_attempt();
  /// The stream was told to switch protocols.
  Tunnel::Begin take_tunnel();

 private:
  using Action = Attempt::Action;
  using Event = Attempt::Event;
  using Next = RoutedRequest::Next;
  using RouteEvent = RoutedRequest::Event;

  enum class Stage : std::uint8_t { idle, queued, connecting, exchanging };

  RequestKey key() const;
  void tell(const RoutedRequest::Event& event);
  void connect();
  void begin_attempt();
  bool exchange();
  Attempt::Event begin_answer();
  OutgoingResponse answer() const;
  void see_answer();
  bool pause();
  void ran_short();
  void finish();
  void fail();
  void on_server(ServerConnection& connection) override;
  void on_server_deadline(ServerConnection& connection) override;

  HttpCommons& commons_;
  Forwarder& forwarder_;
  ClientStream& stream_;
  ClientEnd& client_;
  RoutedRequest request_;
  ServerQuestion question_;
  ServerEnd server_;
  ForwardedFields answer_fields_;
  Stage stage_ = Stage::idle;
};

}  // namespace brood
