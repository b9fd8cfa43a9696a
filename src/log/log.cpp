#include "log/log.hpp"

#include <time.h>
#include <unistd.h>

#include <boost/log/attributes/constant.hpp>
#include <boost/log/attributes/value_extraction.hpp>
#include <boost/log/core.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/utility/formatting_ostream.hpp>
#include <boost/make_shared.hpp>
#include <string_view>
#include <system_error>
#include <utility>

#include "log/terminal_look.hpp"
#include "os/log_file.hpp"
#include "os/patient_writer.hpp"

namespace brood {
namespace {

namespace logging = boost::log;

/// Hands formatted lines to the writer that never waits.
class PatientBackend
    : public logging::sinks::basic_formatted_sink_backend<char,
                                                          logging::sinks::synchronized_feeding> {
 public:
  explicit PatientBackend(PatientWriter& writer) : writer_(writer) {}
  void consume(const logging::record_view&, const string_type& line) {
    if (!line.empty()) writer_.write(line);  // Empty: an event that a terminal does not show.
  }

 private:
  PatientWriter& writer_;
};

using Sink = logging::sinks::synchronous_sink<PatientBackend>;

WallTime wall_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return {std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000};
}

/// "12:03:14", where the terminal is.
std::string time_of_day() {
  const time_t now = ::time(nullptr);
  tm local{};
  ::localtime_r(&now, &local);
  char text[16];
  return {text, ::strftime(text, sizeof text, "%H:%M:%S", &local)};
}

std::string format_for_person(const LogEvent& event, WallTime) {
  return format_terminal(event, time_of_day(), look_of_terminal(STDERR_FILENO));
}

std::string message_of(int error) {
  return std::error_code(error, std::system_category()).message();
}

}  // namespace

struct Log::Parts {
  explicit Parts(const LogSettings& chosen)
      : settings(chosen),
        is_for_person(!chosen.json && chosen.path.empty() && ::isatty(STDERR_FILENO) == 1) {}

  LogSettings settings;
  bool is_for_person;
  PatientWriter writer{STDERR_FILENO};
  int failure_told = 0;
  boost::shared_ptr<Sink> sink;
};

Result<std::unique_ptr<Log>> Log::open(const LogSettings& settings) {
  auto parts = std::make_unique<Parts>(settings);
  if (!settings.path.empty()) {
    auto file = open_log_file(settings.path);
    if (!file) return file.error();
    parts->writer.redirect(std::move(*file));
  }
  parts->sink = boost::make_shared<Sink>(boost::make_shared<PatientBackend>(parts->writer));
  const auto format = parts->is_for_person ? format_for_person
                      : settings.json      ? format_json
                                           : format_text;
  parts->sink->set_formatter(
      [format](const logging::record_view& record, logging::formatting_ostream& out) {
        if (const auto event = logging::extract<LogEvent>("Event", record))
          out << format(*event, wall_now());
      });
  // The core hands every record to every sink; each takes those of its own log.
  parts->sink->set_filter([own = parts.get()](const logging::attribute_value_set& values) {
    const auto log = logging::extract<const Parts*>("Log", values);
    return log && *log == own;
  });
  logging::core::get()->add_sink(parts->sink);
  return std::unique_ptr<Log>(new Log(std::move(parts)));
}

Log::Log(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Log::~Log() {
  logging::core::get()->remove_sink(parts_->sink);
}

bool Log::is_for_person() const noexcept {
  return parts_->is_for_person;
}

void Log::set_least(Level least) noexcept {
  parts_->settings.least = least;
}

void Log::write(LogEvent event) {
  const bool is_due = event.mark == Mark::dump ||
                      (event.mark == Mark::start && parts_->is_for_person) ||
                      event.level >= parts_->settings.least;
  if (!is_due) return;
  logging::attribute_set attributes;
  attributes.insert("Log", logging::attributes::make_constant<const Parts*>(parts_.get()));
  attributes.insert("Event", logging::attributes::make_constant(std::move(event)));
  logging::record record = logging::core::get()->open_record(attributes);
  if (record) logging::core::get()->push_record(std::move(record));
}

bool Log::flush() {
  const bool all_written = parts_->writer.flush();
  if (parts_->writer.failing() != 0) {
    tell_of_failure();
  } else if (all_written) {
    parts_->failure_told = 0;
    tell_of_dropped();
  }
  return all_written;
}

void Log::tell_of_dropped() {
  const PatientWriter::Dropped dropped = parts_->writer.take_dropped();
  const auto tell = [this](std::uint64_t lines, std::string reason) {
    if (lines == 0) return;
    write(LogEvent{.level = Level::error, .name = "log_dropped"}
              .with("lines", lines)
              .with("reason", std::move(reason)));
  };
  tell(dropped.too_slow, "the reader of the log was too slow");
  tell(dropped.failed, message_of(dropped.error));
}

/// Where a file does not take it, stderr may; once for each kind of failure in a row.
void Log::tell_of_failure() {
  const int error = parts_->writer.failing();
  if (parts_->settings.path.empty() || std::exchange(parts_->failure_told, error) == error) return;
  const auto format = parts_->settings.json ? format_json : format_text;
  PatientWriter(STDERR_FILENO)
      .write(format(LogEvent{.level = Level::error, .name = "log_failed"}
                        .with("file", parts_->settings.path)
                        .with("reason", message_of(error))
                        .with("remedy", "make room there, then SIGUSR1"),
                    wall_now()));
}

void Log::flush_patiently() {
  constexpr int tries_max = std::chrono::seconds{1} / log_retry_interval;
  for (int tries = 0; tries < tries_max && !flush(); ++tries)
    ::usleep(static_cast<useconds_t>(std::chrono::microseconds{log_retry_interval}.count()));
}

Result<void> Log::reopen() {
  if (parts_->settings.path.empty()) return {};
  auto file = open_log_file(parts_->settings.path);
  if (!file) return file.error();
  parts_->writer.redirect(std::move(*file));
  return {};
}

}  // namespace brood
