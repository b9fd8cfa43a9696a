#include "control/status_json.hpp"

#include <boost/json.hpp>

#include "control/balancer_dump.hpp"

namespace brood {
namespace {

namespace json = boost::json;

json::object object_of(const StateCounts& states) {
  return {{"total", states.total()},
          {"idle", states.idle},
          {"busy", states.busy},
          {"starting", states.starting},
          {"exiting", states.exiting}};
}

json::object object_of(const WorkerStatus& worker) {
  return {{"slot", worker.slot},
          {"generation", worker.generation},
          {"pid", worker.pid},
          {"state", to_string(worker.state)},
          {"age_ms", to_us(worker.age) / 1000},
          {"connections", worker.connections},
          {"open", worker.open},
          {"errors", worker.errors},
          {"slot_connections", worker.slot_connections},
          {"slot_errors", worker.slot_errors}};
}

json::object object_of(const SoleWorkerStatus& sole) {
  return {{"name", sole.model},     {"unit", sole.unit},   {"open", sole.open},
          {"most", sole.most},      {"limit", sole.limit}, {"since_start", sole.since_start},
          {"threads", sole.threads}};
}

json::object object_of(const ReporterStatus& reporter) {
  return {
      {"pid", reporter.pid}, {"listen", reporter.listen}, {"age_ms", to_us(reporter.age) / 1000}};
}

json::object object_of(const LogEvent& line) {
  json::object object{{"event", line.name}};
  for (const LogEvent::Field& field : line.fields)
    object[field.name] =
        std::visit([](const auto& value) { return json::value(value); }, field.value);
  return object;
}

/// In one word.
std::string_view state_of(const PoolStatus& status) noexcept {
  if (status.is_stopping) return "stopping";
  return status.states.idle + status.states.busy > 0 ? "serving" : "starting";
}

json::object head_object(const PoolStatus& status) {
  return {{"version", BROOD_VERSION},
          {"command", "serve"},
          {"pid", status.pid},
          {"state", state_of(status)},
          {"generation", status.generation},
          {"uptime_ms", to_us(status.uptime) / 1000},
          {"workers", object_of(status.states)}};
}

}  // namespace

std::string json_of(const PoolStatus& status) {
  json::object all = head_object(status);
  all["limits"] = json::object{{"min_spare", status.min_spare},
                               {"max_spare", status.max_spare},
                               {"max_workers", status.max_workers}};
  all["connections"] = status.connections;
  all["entries"] = status.entries;
  all["errors"] = status.errors;
  all["workers_ended"] = status.workers_ended;
  all["access_lines_lost"] = status.access_lines_lost;
  all["picture_age_us"] = to_us(status.picture_age);
  all["picture_age_most_us"] = to_us(status.picture_age_most);
  if (status.sole_worker) all["model"] = object_of(*status.sole_worker);
  if (status.reporter) all["reporter"] = object_of(*status.reporter);
  json::array& slots = all["slots"].emplace_array();
  for (const WorkerStatus& worker : status.workers) slots.push_back(object_of(worker));
  return json::serialize(all);
}

std::string health_json_of(const PoolStatus& status) {
  return json::serialize(head_object(status));
}

std::string json_of(std::span<const LogEvent> lines) {
  json::object all;
  json::array& array = all["lines"].emplace_array();
  for (const LogEvent& line : lines) array.push_back(object_of(line));
  return json::serialize(all);
}

std::string json_of(const BalancerStatus& status) {
  json::object all{{"version", BROOD_VERSION},
                   {"command", "balance"},
                   {"pid", status.pid},
                   {"state", status.is_stopping ? "stopping" : "serving"}};
  json::array servers;
  for (const LogEvent& line : dump_of(status)) {
    json::object members = object_of(line);
    members.erase("event");
    if (line.name == "dump_server")
      servers.push_back(std::move(members));
    else if (line.name == "dump")
      for (const auto& [name, value] : members) all[name] = value;
  }
  all["servers"] = std::move(servers);
  return json::serialize(all);
}

std::string health_json_of(const ServiceNews::Now& news) {
  constexpr std::string_view words[] = {"starting", "serving", "serving", "stopping"};
  return json::serialize(json::object{{"version", BROOD_VERSION},
                                      {"command", "balance"},
                                      {"state", words[static_cast<std::size_t>(news.phase)]},
                                      {"summary", news.status}});
}

}  // namespace brood
