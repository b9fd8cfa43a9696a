#include "balance/forwarding/tunnel.hpp"

#include <utility>

#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"

namespace brood {

Tunnel::Tunnel(HttpClient& client, Forwarder& forwarder, Begin begin)
    : client_(client),
      forwarder_(forwarder),
      connection_(std::move(begin.connection)),
      server_(connection_->server()),
      permitted_at_(begin.permitted_at),
      began_at_(begin.began_at),
      record_(std::move(begin.record)) {
  connection_->set_user(*this);
  connection_->set_deadline(never);
  to_client_.put_first(begin.to_client);
  to_server_.put_first(begin.to_server);
}

bool Tunnel::advance() {
  if (client_.socket().has_ended()) to_server_.expect_end();
  if (connection_->socket().has_ended()) to_client_.expect_end();
  const int client = client_.socket().fd();
  const int server = connection_->socket().fd();
  return judge(to_client_.run(server, client, forwarder_.scratch()), true) &&
         judge(to_server_.run(client, server, forwarder_.scratch()), false) &&
         !(to_client_.is_finished() && to_server_.is_finished());
}

/// \return whether it goes on.
bool Tunnel::judge(Pump::Step step, bool is_to_client) {
  switch (step) {
    case Pump::Step::awaits_source:
    case Pump::Step::finished: return true;
    case Pump::Step::awaits_sink:
      is_to_client ? client_.await_room() : connection_->await_room();
      return true;
    case Pump::Step::has_more: client_.yield(); return true;
    case Pump::Step::source_failed:
    case Pump::Step::sink_failed: break;
  }
  return false;
}

void Tunnel::on_server(ServerConnection&) {
  client_.advance();
}

void Tunnel::end(std::string_view how) {
  const TimePoint now = forwarder_.loop().now();
  forwarder_.loop().bury(std::move(connection_));
  forwarder_.saw(server_, TrafficSign::answered);
  note(how);
  forwarder_.dispatcher().give_back(server_, Outcome::answered, now - permitted_at_, now);
}

void Tunnel::note(std::string_view how) {
  record_.server = server_;
  record_.status = 101;
  record_.end = how;
  record_.total = forwarder_.loop().now() - began_at_;
  record_.bytes_in = to_server_.moved();
  record_.bytes_out = to_client_.moved();
  forwarder_.note(std::move(record_));
}

}  // namespace brood
