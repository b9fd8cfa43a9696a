#include "support/log_replay.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <map>

namespace brood::test {
namespace {

namespace json = boost::json;

json::value value_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return json::string(text);
}

/// What stands before the next blank, or the closing quote; taken from the front of `rest`.
std::string take_word(std::string_view& rest, char end) {
  std::string word;
  std::size_t at = 0;
  for (; at < rest.size() && rest[at] != end; ++at) {
    if (end == '"' && rest[at] == '\\' && at + 1 < rest.size() && rest[at + 1] != 'x') ++at;
    word += rest[at];
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return word;
}

std::optional<LogLine> parse_text(std::string_view line) {
  LogLine fields;
  std::string_view rest = line;
  for (const char* name : {"mark", "ts", "level", "event"})
    fields[name] = json::string(take_word(rest, ' '));
  while (!rest.empty()) {
    const std::string name = take_word(rest, '=');
    if (rest.starts_with('"')) {
      rest.remove_prefix(1);
      fields[name] = json::string(take_word(rest, '"'));
      if (rest.starts_with(' ')) rest.remove_prefix(1);
    } else {
      fields[name] = value_of(take_word(rest, ' '));
    }
  }
  return fields;
}

struct Replayed {
  std::map<std::string, std::int64_t, std::less<>> census{
      {"starting", 0}, {"idle", 0}, {"busy", 0}, {"exiting", 0}};
  std::map<std::int64_t, std::int64_t> pids;  ///< By slot.
  std::int64_t pictured = 0;                  ///< Connections, as pictures sum them up.
  std::int64_t banked = 0;                    ///< Connections of ended workers.
  std::int64_t entries = 0;
  std::int64_t errors = 0;
  std::int64_t ended = 0;
  std::int64_t dumped = -1;   ///< Slots still to come of a dump; -1: none is under way.
  bool verbose = false;       ///< Pictures are logged.
  std::int64_t capacity = 1;  ///< Connections that a worker may have open at once.

  void start(const LogLine& line);
  std::string birth(const LogLine& line);
  std::string flow(const LogLine& line);
  std::string end(const LogLine& line);
  std::string dump_line(const LogLine& line);
  std::string stopped(const LogLine& line) const;
  std::string compare(const LogLine& line) const;
};

void Replayed::start(const LogLine& line) {
  if (line.contains("connections_per_worker")) capacity = number_of(line, "connections_per_worker");
}

std::string Replayed::birth(const LogLine& line) {
  if (!pids.try_emplace(number_of(line, "slot"), number_of(line, "pid")).second)
    return "a birth into a slot that is taken";
  ++census["starting"];
  return "";
}

std::string Replayed::flow(const LogLine& line) {
  verbose = true;
  const auto number = [&](const char* field) { return number_of(line, field); };
  const std::int64_t from_init = number("exits_from_init");
  const std::int64_t from_idle = number("exits_from_idle");
  const std::int64_t from_busy = number("exits_from_busy");
  const std::int64_t acknowledged = number("acknowledged");
  if (capacity == 1 && number("connections") != number("became_busy"))
    return "connections received and workers become BUSY differ";
  if (acknowledged > number("became_idle")) return "more acknowledged than became IDLE";
  pictured += number("connections");
  census["starting"] -= acknowledged + from_init;
  census["idle"] += number("became_idle") - number("became_busy") - from_idle;
  census["busy"] += number("became_busy") - (number("became_idle") - acknowledged) - from_busy;
  census["exiting"] += from_init + from_idle + from_busy;
  return "";
}

std::string Replayed::end(const LogLine& line) {
  const auto found = pids.find(number_of(line, "slot"));
  if (found == pids.end() || found->second != number_of(line, "pid"))
    return "the end of a worker that is not in this slot";
  pids.erase(found);
  const std::map<std::string, const char*, std::less<>> names{
      {"INIT", "starting"}, {"IDLE", "idle"}, {"BUSY", "busy"}, {"EXIT", "exiting"}};
  const auto state = names.find(text_of(line, "state"));
  if (state == names.end()) return "an end in no known state";
  --census[state->second];
  banked += number_of(line, "connections");
  entries += number_of(line, "entries");
  errors += number_of(line, "errors");
  ++ended;
  return "";
}

std::string Replayed::dump_line(const LogLine& line) {
  if (is_event(line, "dump")) {
    dumped = number_of(line, "workers");
    return "";
  }
  if (is_event(line, "dump_slot")) {
    --dumped;
    const auto found = pids.find(number_of(line, "slot"));
    const bool known = found != pids.end() && found->second == number_of(line, "pid");
    if (!known) return "a dump shows a worker that is not in this slot";
    const std::int64_t open = number_of(line, "open");
    const bool fits = open <= std::min(capacity, number_of(line, "connections")) &&
                      (open > 0 || text_of(line, "state") != "BUSY");
    return fits ? "" : "a dump shows open connections that do not fit the worker";
  }
  if (dumped != 0) return "a dump shows another number of slots than it has workers";
  if (verbose && number_of(line, "connections") != pictured)
    return "the dump's connections are not those of the pictures: " + std::to_string(pictured);
  if (number_of(line, "workers_ended") != ended) return "the dump's ended workers are not ours";
  return "";
}

std::string Replayed::stopped(const LogLine& line) const {
  if (!pids.empty()) return "stopped with a worker left";
  if (verbose && pictured != banked) return "pictures and ends differ about connections";
  const bool same = number_of(line, "connections") == banked &&
                    number_of(line, "entries") == entries && number_of(line, "errors") == errors &&
                    number_of(line, "workers") == ended;
  return same ? "" : "the totals are not the sums of the workers' ends";
}

std::string Replayed::compare(const LogLine& line) const {
  std::int64_t total = 0;
  for (const auto& [name, count] : census) {
    total += count;
    if (count < 0) return name + " has become negative";
    if (line.contains(name) && number_of(line, name) != count)
      return name + " should be " + std::to_string(count);
  }
  if (line.contains("total") && number_of(line, "total") != total)
    return "total should be " + std::to_string(total);
  if (total != static_cast<std::int64_t>(pids.size())) return "states and slots differ in number";
  return "";
}

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line) {
  if (!line.starts_with('{')) {
    for (const char* mark : {"-- ", "@@ ", "## ", "~~ "})
      if (line.starts_with(mark)) return parse_text(line);
    return std::nullopt;
  }
  boost::system::error_code error;
  const json::value value = json::parse({line.data(), line.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  return value.as_object();
}

std::string text_of(const LogLine& line, std::string_view field) {
  const json::value* const value = line.if_contains({field.data(), field.size()});
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

std::int64_t number_of(const LogLine& line, std::string_view field) {
  const json::value* const value = line.if_contains({field.data(), field.size()});
  if (value == nullptr) return 0;
  if (value->is_uint64()) return static_cast<std::int64_t>(value->as_uint64());
  return value->is_int64() ? value->as_int64() : 0;
}

double seconds_of(const LogLine& line) {
  const std::string ts = text_of(line, "ts");  // "2026-11-21T06:12:21.123456Z"
  return std::stod(ts.substr(11, 2)) * 3600 + std::stod(ts.substr(14, 2)) * 60 +
         std::stod(ts.substr(17));
}

bool is_event(const LogLine& line, std::string_view name) {
  return text_of(line, "event") == name;
}

std::optional<Contradiction> replay(std::span<const LogLine> lines) {
  Replayed pool;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const LogLine& line = lines[at];
    const std::string event = text_of(line, "event");
    std::string fault;
    if (event == "server_started") pool.start(line);
    if (event == "worker_started") fault = pool.birth(line);
    if (event == "picture") fault = pool.flow(line);
    if (event == "worker_ended") fault = pool.end(line);
    if (event.starts_with("dump")) fault = pool.dump_line(line);
    if (event == "stopped") fault = pool.stopped(line);
    if (event == "log_dropped") fault = "lines are missing";
    if (fault.empty()) fault = pool.compare(line);
    if (!fault.empty()) return Contradiction{at, fault + " in " + json::serialize(line)};
  }
  return std::nullopt;
}

}  // namespace brood::test
