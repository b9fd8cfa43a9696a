#include "report/sentences.hpp"

#include <algorithm>

namespace brood {
namespace {

constexpr Sentence sentences[] = {
    // clang-format off
    // Both servers.
    {"server_started", "model",
     "brood {version}: [{start_workers} to {max_workers} workers of ]{model}[ ({policy})]"
     "[, {threads} threads][, handler {handler}]\n"
     "Ctrl-C shows the pool. To stop: kill -TERM {pid}"},
    {"listening", "listen", "listening at {listen}"},
    {"control_listening", "path", ""},
    {"no_control", "reason", "brood ctl cannot reach this server: {reason}"},
    {"control", "order", "process {pid} of user {uid} asked for {order}: {answer}"},
    {"stopping", "graceful_timeout_ms",
     "stopping ({reason}): requests in progress have {graceful_timeout_ms} to finish"
     "[; {refused} connections are refused]"},
    {"killing", "graceful_timeout_ms",
     "what is left is killed ({reason})[; {refused} connections are refused]"},
    {"stopped", "workers",
     "stopped after {uptime_ms}: {connections} connections, {entries} requests answered"
     "[, {errors} of them with an error][, {cut} cut off][, {refused} connections refused]"},
    {"stopped", "cut",
     "stopped after {uptime_ms} ({reason}): {connections} connections[, {cut} cut off]"},
    {"descriptor_limit", "remedy",
     "{needed} open files are needed, and the limit is {granted}: {remedy}"},
    {"log_dropped", "lines", "{lines} lines of the log are missing: {reason}"},

    // `brood serve`.
    {"picture", "connections", "{*}[ ({connections} accepted)]"},
    {"pool", "connections",
     "{*}[; {connections} accepted][; {started} workers started][; {ended} ended]"},
    {"regulate", "action=none", "{reason}: {why}; {outcome}"},
    {"regulate", "count", "the regulator asks to {action} {count} ({reason}): {why}; {outcome}"},
    {"reload_begun", "workers",
     "reloading: generation {generation} is to take over from {workers} workers"
     "[; changed: {changed}]"},
    {"listening_ended", "listen", "no longer listening at {listen}"},
    {"worker_started", "slot", "worker {pid} started in slot {slot}: {*}"},
    {"worker_ended", "cause",
     "worker {pid} ended: {reason}, after {age_ms} and {connections} connections: {*}"},
    {"worker_note", "text", "worker {pid}: {text}"},
    {"worker_asked", "request", "worker {pid}: {reason}[: {request}]"},
    {"spawn_failed", "reason", "no worker can be started: {reason}; {remedy}"},
    {"circuit_opened", "reason", "{reason}: {*}"},
    {"start_failed", "reason", ""},
    {"signal_ignored", "signal", "{signal} is ignored: {reason}"},
    {"circuit_closed", "reason", "{reason}: {*}"},
    {"reporter_started", "listen", "process {pid} answers health requests at {listen}"},
    {"reporter_ended", "cause", "process {pid}, which answers health requests, ended: {reason}"},
    {"reporter_note", "text", "process {pid}, which answers health requests: {text}"},
    {"dump", "workers",
     "The pool: {*}\n"
     "slot      pid  gen  state       age  connections  open  errors   slot total"},
    {"dump_slot", "slot",
     "{slot:4}  {pid:7}  {generation:3}  {state:-5}  {age_ms:8}  {connections:11}  {open:4}"
     "  {errors:6}  {slot_connections:11}"},
    {"dump_reporter", "listen",
     "process {pid} has answered health requests at {listen} for {age_ms}"},
    {"dump_totals", "entries",
     "In total, after {uptime_ms}: {connections} connections, {entries} requests answered"
     "[, {errors} of them with an error][, {workers_ended} workers ended]\n"
     "To stop: {to_stop}"},

    // `brood balance`.
    {"balancer_started", "strategy",
     "brood {version} balances ({mode}, {strategy})\n"
     "Ctrl-C shows the servers. To stop: kill -TERM {pid}"},
    {"server", "weight", "server {server}, weight {weight}[, at most {max} at once]"},
    {"probe_budget", "interval_ms", ""},
    {"serving", "up", "serving: {up} of {servers} servers up"},
    {"health", "to", "{server} is {to}, was {from}: {reason}; {up} of {servers} servers up"},
    {"probe_unfit", "remedy", "the first probe of {server} found nothing: {reason}; {remedy}"},
    {"reload", "outcome=back", "generation {generation} is back after {took_ms}"},
    {"reload", "took_ms",
     "reloaded in {took_ms}: generation {generation} serves[; {old} older workers finish]"},
    {"reload", "servers",
     "reloaded: {servers} servers[, {added} added][, {changed} changed][, {removed} removed]"},
    {"reload", "reason", "the new configuration is {outcome}: {reason}"},
    {"reload_needs_restart", "options", "these options have changed and need a restart: {options}"},
    {"server_added", "server", "{server} is added"},
    {"server_changed", "server", "{server} is changed"},
    {"server_removed", "server", "{server} is removed"},
    {"cannot_start", "reason", "cannot start: {reason}; {remedy}"},
    {"cannot_accept", "reason", "no client is accepted for {pause_ms}: {reason}; {remedy}"},
    {"access", "status",
     "{client}: {request}: {status} from {server} after {total_us}"
     "[; {retries} retries, {retry_reason}]; {end}"},
    {"access", "end",
     "{client}: with {server} for {total_us}, {bytes_in} bytes in, {bytes_out} out; {end}"},
    {"dump", "strategy",
     "{servers} servers, {strategy}; {clients} clients, {placed} being served, {queued} waiting\n"
     "server                 state      since   active    sent   share  latency"},
    {"dump_server", "state=up",
     "{server:-21}  {state:-8} {since_ms:7}  {in_flight:7}  {given:6}  {share:6}  {latency_us:7}"},
    {"dump_server", "state",
     "{server:-21}  {state:-8} {since_ms:7}  {in_flight:7}  {given:6}  {share:6}  {latency_us:7}\n"
     "    {reason}"},
    {"dump_decision", "candidates",
     "{age_us} ago {server} was chosen: {reason} (of {candidates})"
     "[; before it {tried} was tried: {retry_reason}]"},
    {"dump_end", "to_stop", "To stop: {to_stop}"},
    // clang-format on
};

bool has(const LogEvent& event, std::string_view need) {
  const std::size_t equals = std::min(need.find('='), need.size());
  const auto field =
      std::ranges::find(event.fields, need.substr(0, equals), &LogEvent::Field::name);
  if (field == event.fields.end()) return false;
  const auto* const text = std::get_if<std::string>(&field->value);
  return equals == need.size() || (text != nullptr && *text == need.substr(equals + 1));
}

}  // namespace

const Sentence* sentence_for(const LogEvent& event) {
  const auto* const found = std::ranges::find_if(sentences, [&](const Sentence& sentence) {
    return sentence.event == event.name && has(event, sentence.needs);
  });
  return found == std::end(sentences) ? nullptr : found;
}

}  // namespace brood
