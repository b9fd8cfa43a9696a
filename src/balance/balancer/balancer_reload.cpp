// Servers come, go and change their weights while others serve: what is known of those that stay,
// health, statistics, connections, is kept.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>

#include "balance/balancer/balancer.hpp"
#include "balance/balancer/deaf_thread.hpp"

namespace brood {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) (text += text.empty() ? "" : ", ") += word;
  return text;
}

}  // namespace

void Balancer::know(const BalancedServer& server) {
  const auto id = static_cast<ServerId>(known_.size());
  auto shared = std::make_shared<SharedServer>(server.settings.max, [this, id](auto thread) {
    threads_[thread]->tell([id](Forwarder& forwarder) { forwarder.take_turn(id); });
  });
  known_.push_back({.server = server, .shared = std::move(shared), .changed_at = steady_now()});
}

void Balancer::begin_reload() {
  if (stage_ != Stage::serving) return;
  reload_again_ = is_reloading_;
  if (is_reloading_) return;
  is_reloading_ = true;
  if (reloader_.joinable()) reloader_.join();  // It has posted its result and is at its end.
  const auto started = start_deaf_thread(reloader_, [this] {
    boost::asio::post(context_, [this, reloaded = read_anew()] { end_reload(reloaded); });
  });
  if (!started) end_reload(started.error().text());
}

/// Whatever it runs into, nothing is changed and all goes on.
std::variant<Reloaded, std::string> Balancer::read_anew() const {
  try {
    return reload_();
  } catch (const std::exception& error) {
    return std::string(error.what());
  }
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
  ReloadCounts counts;
  for (const BalancedServer& server : reloaded.servers) take_wanted(server, counts);
  remove_unwanted(reloaded.servers, counts);
  log_.write(event(Level::info, Mark::act, "reload")
                 .with("outcome", "done")
                 .with("added", counts.added)
                 .with("changed", counts.changed)
                 .with("removed", counts.removed)
                 .with("servers", static_cast<std::uint64_t>(reloaded.servers.size())));
  open_if_ready();
  probe_due();
}

void Balancer::log_server(std::string_view name, ServerId server) {
  log_.write(event(Level::info, Mark::act, name).with("server", name_of(server)));
}

/// A server of the new configuration: a new one, one that was removed before, or one that stays.
void Balancer::take_wanted(const BalancedServer& server, ReloadCounts& counts) {
  const ServerId id = find_server(server.endpoint);
  if (id == no_server) {
    add_server(server);
    ++counts.added;
  } else if (known_[id].is_removed) {
    put_back(id, server);
    ++counts.added;
  } else if (known_[id].server != server) {
    change_server(id, server);
    ++counts.changed;
  }
}

void Balancer::remove_unwanted(const std::vector<BalancedServer>& wanted, ReloadCounts& counts) {
  for (ServerId id = 0; id < known_.size(); ++id) {
    const bool stays = std::ranges::find(wanted, known_[id].server.endpoint,
                                         &BalancedServer::endpoint) != wanted.end();
    if (stays || known_[id].is_removed) continue;
    remove_server(id);
    ++counts.removed;
  }
}

ServerId Balancer::find_server(const Endpoint& endpoint) const noexcept {
  for (ServerId id = 0; id < known_.size(); ++id)
    if (known_[id].server.endpoint == endpoint) return id;
  return no_server;
}

void Balancer::add_server(const BalancedServer& server) {
  know(server);
  const ServerId id = health_.add();
  plan_.add(steady_now());
  tell_all(
      [forward = ForwardServer{server.settings, to_address(server.endpoint), known_[id].shared}](
          Forwarder& forwarder) { forwarder.add(forward); });
  log_server("server_added", id);
  if (!is_probing()) assume_up(id);
}

/// It is as new: what was known of it before may not be true of what listens there now.
void Balancer::put_back(ServerId server, const BalancedServer& wanted) {
  Known& known = known_[server];
  known.shared->set_max(wanted.settings.max);
  known = {.server = wanted, .shared = known.shared, .changed_at = steady_now()};
  health_.put_back(server);
  plan_.set_wanted(server, true, steady_now());
  tell_all([server, settings = wanted.settings](Forwarder& forwarder) {
    forwarder.put_back(server, settings);
  });
  log_server("server_added", server);
  if (!is_probing()) assume_up(server);
}

void Balancer::change_server(ServerId server, const BalancedServer& wanted) {
  known_[server].server = wanted;
  known_[server].shared->set_max(wanted.settings.max);
  tell_all([server, settings = wanted.settings](Forwarder& forwarder) {
    forwarder.configure(server, settings);
  });
  log_server("server_changed", server);
}

void Balancer::remove_server(ServerId server) {
  known_[server].is_removed = true;
  prober_.forget(server);
  health_.remove(server);
  plan_.set_wanted(server, false, steady_now());
  tell_all([server](Forwarder& forwarder) {
    forwarder.router().remove(server);
    forwarder.dispatcher().review(forwarder.loop().now());
  });
  log_server("server_removed", server);
}

/// Nobody probes it.
void Balancer::assume_up(ServerId server) {
  plan_.set_wanted(server, false, steady_now());
  take(health_.assume_up(server), {});
}

}  // namespace brood
