// Servers come, go and change their weights while others serve: what is known of those that stay,
// health, statistics, connections, is kept.
#include <algorithm>
#include <boost/asio/post.hpp>

#include "proxy/balancer.hpp"
#include "proxy/deaf_thread.hpp"

namespace brood {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : ", ") += word;
  return text;
}

}  // namespace

ForwardServer Balancer::to_forward(const BalancedServer& server) const {
  ForwardServer forward{.settings = server.settings, .address = to_address(server.endpoint)};
  // Each thread has its share of the server's places.
  forward.settings.max = (server.settings.max + settings_.threads - 1) / settings_.threads;
  return forward;
}

void Balancer::begin_reload() {
  if (stage_ != Stage::serving) return;
  reload_again_ = is_reloading_;
  if (is_reloading_) return;
  is_reloading_ = true;
  if (reloader_.joinable()) reloader_.join();  // It has posted its result and is at its end.
  reloader_ = deaf_thread([this] {
    boost::asio::post(context_, [this, reloaded = reload_()] { end_reload(reloaded); });
  });
}

void Balancer::end_reload(const std::variant<Reloaded, std::string>& reloaded) {
  is_reloading_ = false;
  if (stage_ != Stage::serving) return;
  if (const auto* problem = std::get_if<std::string>(&reloaded)) {
    log_.write(event(Level::error, Mark::act, "reload")
                   .with("outcome", "refused, nothing is changed")
                   .with("reason", *problem));
  } else {
    apply(std::get<Reloaded>(reloaded));
  }
  keep_log_moving();
  if (std::exchange(reload_again_, false)) begin_reload();
}

void Balancer::apply(const Reloaded& reloaded) {
  if (!reloaded.needs_restart.empty())
    log_.write(event(Level::warn, Mark::act, "reload_needs_restart")
                   .with("options", joined(reloaded.needs_restart))
                   .with("remedy", "servers alone are taken over: restart for these"));
  ReloadChanges changes;
  for (const BalancedServer& server : reloaded.servers) take_wanted(server, changes);
  remove_unwanted(reloaded.servers, changes);
  LogEvent done = event(Level::info, Mark::act, "reload");
  done.with("outcome", "done");
  for (const auto& [name, servers] : {std::pair{"added", &changes.added},
                                      {"changed", &changes.changed},
                                      {"removed", &changes.removed}})
    done.with(name, std::uint64_t{servers->size()});
  done.with("servers", static_cast<std::uint64_t>(reloaded.servers.size()));
  for (const auto& [name, servers] : {std::pair{"added_servers", &changes.added},
                                      {"changed_servers", &changes.changed},
                                      {"removed_servers", &changes.removed}})
    if (!servers->empty()) done.with(name, joined(*servers));
  log_.write(std::move(done));
  probe_due();
}

/// A server of the new configuration: a new one, one that was removed before, or one that stays.
void Balancer::take_wanted(const BalancedServer& server, ReloadChanges& changes) {
  const ServerId id = find_server(server.endpoint);
  if (id == no_server) {
    add_server(server);
    changes.added.push_back(server.settings.name);
    return;
  }
  Known& known = known_[id];
  if (known.is_removed) {
    set_removed(id, false);
    changes.added.push_back(server.settings.name);
  }
  if (known.server.settings == server.settings) return;
  known.server = server;
  changes.changed.push_back(server.settings.name);
  tell_all([id, forward = to_forward(server)](Forwarder& forwarder) {
    const TimePoint now = forwarder.loop().now();
    forwarder.router().configure(id, forward.settings, now);
    forwarder.dispatcher().review(now);
  });
}

void Balancer::remove_unwanted(const std::vector<BalancedServer>& wanted, ReloadChanges& changes) {
  for (ServerId id = 0; id < known_.size(); ++id) {
    const bool stays = std::ranges::find(wanted, known_[id].server.endpoint,
                                         &BalancedServer::endpoint) != wanted.end();
    if (stays || known_[id].is_removed) continue;
    set_removed(id, true);
    changes.removed.push_back(name_of(id));
  }
}

ServerId Balancer::find_server(const Endpoint& endpoint) const noexcept {
  for (ServerId id = 0; id < known_.size(); ++id)
    if (known_[id].server.endpoint == endpoint) return id;
  return no_server;
}

void Balancer::add_server(const BalancedServer& server) {
  const TimePoint now = steady_now();
  known_.push_back({.server = server, .changed_at = now});
  health_.add();
  plan_.add(now);
  tell_all([forward = to_forward(server)](Forwarder& forwarder) { forwarder.add(forward); });
}

void Balancer::set_removed(ServerId server, bool is_removed) {
  known_[server].is_removed = is_removed;
  plan_.set_wanted(server, !is_removed, steady_now());
  tell_all([server, is_removed](Forwarder& forwarder) {
    forwarder.router().set_draining(server, is_removed);
    forwarder.dispatcher().review(forwarder.loop().now());
  });
}

}  // namespace brood
