#include "cli/ctl_view.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <utility>

#include "base/text.hpp"
#include "log/terminal_look.hpp"

namespace brood {
namespace {

namespace json = boost::json;

json::object read_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  return !error && value.is_object() ? std::move(value.get_object()) : json::object{};
}

std::string_view text_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view{};
}

std::uint64_t number_of(const json::object& object, std::string_view name) {
  boost::system::error_code error;
  const json::value* const value = object.if_contains(name);
  return value != nullptr ? value->to_number<std::uint64_t>(error) : 0;
}

const json::object& object_of(const json::object& object, std::string_view name) {
  static const json::object none;
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::array& array_of(const json::object& object, std::string_view name) {
  static const json::array none;
  const json::value* const value = object.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

/// A line of a dump, whose names are those of `members`.
LogEvent event_of(std::string_view name, const json::object& members) {
  LogEvent event{.level = Level::info, .mark = Mark::dump, .name = name};
  for (const auto& [key, value] : members) {
    if (key == "to_stop")
      event.with(key, "brood ctl stop");
    else if (value.is_string())
      event.with(key, std::string(value.get_string()));
    else if (value.is_uint64())
      event.with(key, value.get_uint64());
    else if (value.is_int64())
      event.with_signed(key, value.get_int64());
  }
  return event;
}

void append(std::string& page, const LogEvent& event) {
  TerminalLook look = look_of_terminal(STDOUT_FILENO);
  look.is_marked = false;
  const std::string lines = format_terminal(event, "", look);
  if (!lines.empty()) (page += lines) += '\n';
}

std::string head_of(const json::object& status) {
  const json::object& limits = object_of(status, "limits");
  std::string line =
      "brood " + escape(text_of(status, "version")) + ' ' + escape(text_of(status, "command")) +
      ", pid " + std::to_string(number_of(status, "pid")) + ", " + escape(text_of(status, "state"));
  if (status.contains("generation"))
    line += ", generation " + std::to_string(number_of(status, "generation"));
  if (!limits.empty())
    line += "\n" + std::to_string(number_of(limits, "min_spare")) + " to " +
            std::to_string(number_of(limits, "max_spare")) + " spares, at most " +
            std::to_string(number_of(limits, "max_workers")) + " workers";
  return line + '\n';
}

}  // namespace

std::string status_view(std::string_view text) {
  json::object status = read_object(text);
  std::string page = head_of(status);
  if (text_of(status, "command") == "balance") {
    const json::array servers = array_of(status, "servers");
    status["servers"] = servers.size();
    append(page, event_of("dump", status));
    for (const json::value& server : servers)
      if (server.is_object()) append(page, event_of("dump_server", server.get_object()));
    return page;
  }
  json::object workers = object_of(status, "workers");
  workers["workers"] = number_of(workers, "total");
  append(page, event_of("dump", workers));
  for (const json::value& slot : array_of(status, "slots"))
    if (slot.is_object()) append(page, event_of("dump_slot", slot.get_object()));
  if (const auto& model = object_of(status, "model"); !model.empty())
    append(page, event_of("dump_model", model));
  if (const auto& reporter = object_of(status, "reporter"); !reporter.empty())
    append(page, event_of("dump_reporter", reporter));
  status["to_stop"] = "";
  append(page, event_of("dump_totals", status));
  return page;
}

std::string dump_view(std::string_view text) {
  std::string page;
  const json::object dump = read_object(text);
  for (const json::value& line : array_of(dump, "lines"))
    if (line.is_object())
      append(page, event_of(text_of(line.get_object(), "event"), line.get_object()));
  return page;
}

std::string health_view(std::string_view text) {
  const json::object health = read_object(text);
  const std::string summary = escape(text_of(health, "summary"));
  return escape(text_of(health, "state")) + ": " +
         (summary.empty() ? progress_view(text) : summary) + '\n';
}

std::string note_view(std::string_view text) {
  const json::object answer = read_object(text);
  return escape(text_of(answer, "note"));
}

std::string error_view(std::string_view text) {
  const json::object answer = read_object(text);
  const std::string_view why = text_of(answer, "error");
  return escape(why.empty() ? text.substr(0, text.find('\n')) : why);
}

std::string progress_view(std::string_view text) {
  const json::object status = read_object(text);
  std::string line;
  const json::object& workers = object_of(status, "workers");
  for (const std::string_view state : {"idle", "busy", "starting", "exiting"}) {
    const std::uint64_t count = number_of(workers, state);
    if (count == 0 && (state == "starting" || state == "exiting")) continue;
    line += (line.empty() ? "" : ", ") + std::to_string(count) + ' ' + std::string(state);
  }
  return line;
}

}  // namespace brood
