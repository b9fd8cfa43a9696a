#pragma once
// What every command that serves does before it serves.

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/option_table.hpp"
#include "log/log.hpp"
#include "os/listener.hpp"

namespace brood {

/// Why a log could not be opened. \param option that named it.
std::string cannot_open_log(const std::string& path, const Failure& failure,
                            std::string_view option);

/// Why a pid file could not be written.
std::string cannot_write_pid(const std::string& path, const Failure& failure);

/// What the machine is short of, and what to do about it.
std::string cannot_start(const Failure& failure);

/// Listens at all of them. \return why not, with nothing left behind.
std::variant<std::vector<Listener>, ListenError> listen_at_all(std::span<const std::string> texts,
                                                               const ListenSettings& settings);

/// Writes `event` with each option under the name that fits a log, "start_workers", counts as
/// numbers, and the values of an option that was repeated with commas between.
void log_options(Log& log, LogEvent event,
                 const std::vector<std::pair<std::string_view, std::string>>& described);

/// A line: where clients can come.
void log_listening(Log& log, const Listener& listener);

/// The options whose values differ, each once.
std::vector<std::string> changed_options(const DescribedOptions& before,
                                         const DescribedOptions& now);

/// A line if the kernel will not queue as many connections as were asked for.
/// \param option What asks for so many, without dashes; empty: none does.
void warn_of_backlog(Log& log, std::uint32_t backlog, std::string_view option);

/// \param option What to lower instead, without dashes.
void warn_of_descriptor_limit(Log& log, std::uint64_t needed, std::uint64_t granted,
                              std::string_view option);

}  // namespace brood
