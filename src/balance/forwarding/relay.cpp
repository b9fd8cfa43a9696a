#include "balance/forwarding/relay.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "os/socket_queue.hpp"

namespace brood {

void Relay::start(std::string_view introduction, std::string_view first, TimePoint now) {
  introduced_ = answered_up_to_ = introduction.size();
  to_server_.put_first(std::string(introduction).append(first));
  asked_at_ = now;
}

Relay::Step Relay::send_on(int client, int server, std::span<char> scratch, TimePoint now) {
  const bool is_first = to_server_.moved() <= introduced_;
  const Pump::Step step = to_server_.run(client, server, scratch);
  if (is_first && to_server_.moved() > introduced_) asked_at_ = now;
  if (step == Pump::Step::source_failed)
    return to_client_.is_finished() ? Step::finished : Step::client_left;
  if (step != Pump::Step::awaits_sink) return judge(step);
  // What the server does not take says nothing yet: it may answer all the same.
  server_unsent_ = unsent_bytes(server);
  return Step::goes_on;
}

Relay::Step Relay::answer_on(int client, int server, std::span<char> scratch) {
  const std::uint64_t before = to_client_.moved();
  const Pump::Step step = to_client_.run(server, client, scratch);
  if (to_client_.moved() > before) answered_up_to_ = std::max(introduced_, to_server_.moved());
  if (step == Pump::Step::source_failed) return Step::server_reset;
  if (step == Pump::Step::sink_failed) return Step::client_left;
  if (step == Pump::Step::awaits_sink) client_unsent_ = unsent_bytes(client);
  return judge(step);
}

Relay::Step Relay::judge(Pump::Step step) const noexcept {
  if (to_server_.is_finished() && to_client_.is_finished()) return Step::finished;
  if (step == Pump::Step::has_more) return Step::has_more;
  return step == Pump::Step::awaits_sink ? Step::awaits_client : Step::goes_on;
}

bool Relay::is_taken_still(int client, int server) noexcept {
  const auto has_shrunk = [](int fd, std::uint64_t& unsent) {
    const std::uint64_t left = unsent_bytes(fd);
    return left < std::exchange(unsent, left);
  };
  if (to_client_.holds_bytes()) return has_shrunk(client, client_unsent_);
  return to_server_.holds_bytes() && has_shrunk(server, server_unsent_);
}

std::uint64_t Relay::bytes_in() const noexcept {
  return to_server_.moved() - std::min(to_server_.moved(), introduced_);
}

}  // namespace brood
