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

/// \pre It has just been added to the set.
ForwardServer Balancer::know(ServerId server) {
  const BalancedServer& described = *servers_.find(server);
  // If it comes back while something is in hand there, its bound holds for that too.
  const Known* const before = known_.find({server.slot, server.generation - 1});
  std::shared_ptr<SharedServer> shared = before != nullptr ? before->shared : nullptr;
  if (shared)
    shared->set_max(described.settings.max);
  else
    shared = std::make_shared<SharedServer>(
        described.settings.max, [this](auto thread, std::shared_ptr<SharedServer> its) {
          threads_[thread]->tell([its = std::move(its)](Forwarder& f) { f.take_turn(*its); });
        });
  known_.add(server, {.shared = shared, .changed_at = steady_now()});
  health_.add(server);
  plan_.add(server, steady_now());
  return {server, described.settings, to_address(described.endpoint), std::move(shared)};
}

void Balancer::begin_reload(OnReloaded on_reloaded) {
  if (stage_ != Stage::serving) {
    if (on_reloaded) on_reloaded(control_refusal(409, "it is stopping"));
    return;
  }
  reload_again_ = is_reloading_;
  if (on_reloaded) (is_reloading_ ? on_reloaded_next_ : on_reloaded_).push_back(on_reloaded);
  if (is_reloading_) return;
  is_reloading_ = true;
  ++reloads_;
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
  const auto waiting = std::exchange(on_reloaded_, std::exchange(on_reloaded_next_, {}));
  const auto tell = [&waiting](const ControlAnswer& answer) {
    for (const OnReloaded& one : waiting) one(answer);
  };
  if (stage_ != Stage::serving) return tell(control_refusal(409, "it is stopping"));
  if (const auto* problem = std::get_if<std::string>(&reloaded)) {
    log_.write(event(Level::error, Mark::act, "reload")
                   .with("outcome", "refused, nothing is changed")
                   .with("reason", *problem));
    tell(control_refusal(422, *problem));
  } else {
    tell(control_done(apply(std::get<Reloaded>(reloaded))));
  }
  keep_log_moving();
  if (std::exchange(reload_again_, false)) begin_reload();
}

/// \return what has changed, in words.
std::string Balancer::apply(const Reloaded& reloaded) {
  if (!reloaded.needs_restart.empty())
    log_.write(event(Level::warn, Mark::act, "reload_needs_restart")
                   .with("options", joined(reloaded.needs_restart))
                   .with("remedy", "servers alone are taken over: restart for these"));
  ReloadCounts counts;
  for (const ServerChange& change : servers_.replace(reloaded.servers)) follow(change, counts);
  log_.write(event(Level::info, Mark::act, "reload")
                 .with("outcome", "done")
                 .with("added", counts.added)
                 .with("changed", counts.changed)
                 .with("removed", counts.removed)
                 .with("servers", std::uint64_t{servers_.wanted_count()}));
  open_if_ready();
  probe_due();
  std::string told = std::to_string(counts.added) + " servers added, " +
                     std::to_string(counts.changed) + " changed, " +
                     std::to_string(counts.removed) + " removed";
  if (!reloaded.needs_restart.empty())
    told += "; only a restart takes over: " + joined(reloaded.needs_restart);
  return told;
}

/// What everybody who keeps something of each server does about a change of the set.
void Balancer::follow(const ServerChange& change, ReloadCounts& counts) {
  switch (change.kind) {
    case ServerChange::Kind::none: return;
    case ServerChange::Kind::added: ++counts.added; return add_server(change.id);
    case ServerChange::Kind::updated: ++counts.changed; return update_server(change.id);
    case ServerChange::Kind::removed: ++counts.removed; return remove_server(change.id);
    case ServerChange::Kind::forgotten: known_.remove(change.id);
  }
}

void Balancer::log_server(std::string_view name, ServerId server) {
  log_.write(event(Level::info, Mark::act, name).with("server", name_of(server)));
}

void Balancer::add_server(ServerId server) {
  tell_all([forward = know(server)](Forwarder& forwarder) { forwarder.add(forward); });
  log_server("server_added", server);
  if (!is_probing()) assume_up(server);
}

void Balancer::update_server(ServerId server) {
  const ServerSettings& settings = servers_.find(server)->settings;
  known_.find(server)->shared->set_max(settings.max);
  tell_all([server, settings](Forwarder& forwarder) { forwarder.configure(server, settings); });
  log_server("server_changed", server);
}

void Balancer::remove_server(ServerId server) {
  prober_.forget(server);
  health_.remove(server);
  plan_.remove(server);
  tell_all([server](Forwarder& forwarder) { forwarder.remove(server); });
  log_server("server_removed", server);
}

/// A thread has nothing in hand there any more.
void Balancer::on_left(ServerId server) {
  ReloadCounts none;
  follow(servers_.left(server), none);
}

/// Nobody probes it.
void Balancer::assume_up(ServerId server) {
  plan_.remove(server);
  if (const auto change = health_.assume_up(server)) take(*change, {});
}

}  // namespace brood
