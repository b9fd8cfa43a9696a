#include "cli/launch.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "base/endpoint.hpp"
#include "cli/option_values.hpp"
#include "os/shortage.hpp"

namespace brood {

std::string cannot_open_log(const std::string& path, const Failure& failure,
                            std::string_view option) {
  return "cannot open the log file " + path + ": " + failure.code.message() + " (see " +
         std::string(option) + ")";
}

std::string cannot_write_pid(const std::string& path, const Failure& failure) {
  return "cannot write the pid file " + path + ": " + failure.code.message() + " (see --pid-file)";
}

std::string cannot_start(const Failure& failure) {
  const std::string_view remedy = remedy_for(failure.code.value());
  return "cannot start: " + failure.text() +
         (remedy.empty() ? "" : " (" + std::string(remedy) + ")");
}

std::variant<std::vector<Listener>, ListenError> listen_at_all(std::span<const std::string> texts,
                                                               const ListenSettings& settings) {
  std::vector<Listener> listeners;
  for (const std::string& text : texts) {
    auto listener = listen_at(*parse_endpoint(text), settings);
    if (auto* error = std::get_if<ListenError>(&listener)) {
      for (Listener& bound : listeners) bound.stop();
      return std::move(*error);
    }
    listeners.push_back(std::move(std::get<Listener>(listener)));
  }
  return listeners;
}

void log_options(Log& log, LogEvent event,
                 const std::vector<std::pair<std::string_view, std::string>>& described) {
  std::deque<std::string> names;  // The event refers to them; growing moves none.
  for (std::size_t at = 0; at < described.size(); ++at) {
    const auto& [option, first] = described[at];
    std::string value = first;
    for (; at + 1 < described.size() && described[at + 1].first == option; ++at)
      value.append(",").append(described[at + 1].second);
    std::string& name = names.emplace_back(option);
    std::ranges::replace(name, '-', '_');
    if (const auto count = read_count(value, 0, std::numeric_limits<std::uint32_t>::max()))
      event.with(name, std::uint64_t{*count});
    else
      event.with(name, std::move(value));
  }
  log.write(std::move(event));
}

void log_listening(Log& log, const Listener& listener) {
  log.write(LogEvent{.level = Level::info, .mark = Mark::start, .name = "listening"}.with(
      "listen", to_string(listener.endpoint())));
}

std::vector<std::string> changed_options(const DescribedOptions& before,
                                         const DescribedOptions& now) {
  const auto values_of = [](const DescribedOptions& described) {
    std::map<std::string_view, std::vector<std::string>> values;
    for (const auto& [name, value] : described) values[name].push_back(value);
    return values;
  };
  auto old_values = values_of(before);
  std::vector<std::string> names;
  for (const auto& [name, values] : values_of(now))
    if (old_values[name] != values) names.emplace_back(name);
  return names;
}

void warn_of_backlog(Log& log, std::uint32_t backlog, std::string_view option) {
  const std::uint32_t most = backlog_max();
  if (most == 0 || backlog <= most) return;
  std::string remedy = "sysctl -w net.core.somaxconn=" + std::to_string(backlog);
  if (!option.empty()) remedy += ", or lower --" + std::string(option);
  log.write(LogEvent{.level = Level::warn, .name = "backlog_capped"}
                .with("backlog", std::uint64_t{backlog})
                .with("somaxconn", std::uint64_t{most})
                .with("remedy", remedy));
}

void warn_of_descriptor_limit(Log& log, std::uint64_t needed, std::uint64_t granted,
                              std::string_view option) {
  if (granted >= needed) return;
  log.write(LogEvent{.level = Level::warn, .name = "descriptor_limit"}
                .with("needed", needed)
                .with("granted", granted)
                .with("remedy", "raise 'ulimit -Hn' or lower --" + std::string(option)));
}

}  // namespace brood
