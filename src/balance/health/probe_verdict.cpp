// What the answer to a probe is worth.
#include <variant>

#include "balance/health/prober.hpp"
#include "wire/health_document.hpp"

namespace brood {
namespace {

/// Whether a status is about what was asked for, and not about whoever was asked.
bool is_about_path(int status) noexcept {
  return status == 401 || status == 403 || status == 404 || status == 405 || status == 410;
}

ReportedLoad to_reported(const HealthDocument& document) {
  ReportedLoad load{.entries = document.totals.entries, .errors = document.totals.errors};
  if (!document.load) return load;
  const LoadReport& told = *document.load;
  load.is_detailed = true;
  load.epoch = told.epoch_ms;
  load.busy = told.busy;
  load.idle = told.idle;
  load.max = told.max;
  load.queue = told.queue;
  load.in_flight = told.in_flight;
  load.latency = std::chrono::microseconds{told.latency_us};
  load.is_draining = told.is_draining;
  return load;
}

}  // namespace

ProbeReport judge_probe(const ProbeAnswer& answer, const ProbeSettings& settings) {
  using Format = ProbeSettings::Format;
  ProbeReport report;
  report.status = answer.status;
  report.result = ProbeResult::passed;
  const auto failed = [&](ProbeResult result, std::string_view detail) {
    report.result = result;
    report.detail = detail;
    return report;
  };
  const std::string status = "status " + std::to_string(answer.status);
  const bool is_automatic = settings.format == Format::automatic;
  if (settings.format == Format::status || (is_automatic && answer.status != 200)) {
    if (answer.status >= 200 && answer.status < 400) return report;
    // Who has no such page, or shows it to nobody, serves all the same: the path was our guess.
    if (is_automatic && !settings.is_path_given && is_about_path(answer.status)) {
      report.detail = status;
      return report;
    }
    return failed(ProbeResult::bad_status, status);
  }
  if (answer.status != 200) return failed(ProbeResult::bad_status, status);
  const auto document = parse_health_document(answer.body);
  const bool is_document = std::holds_alternative<HealthDocument>(document);
  if (is_automatic && !is_document) return report;
  if (!answer.is_length_said) return failed(ProbeResult::bad_length, "it has no Content-Length");
  if (answer.has_excess)
    return failed(ProbeResult::bad_length, "more bytes than Content-Length says");
  if (!is_document)
    return failed(ProbeResult::bad_body, to_string(std::get<HealthFault>(document)));
  report.has_load = true;
  report.load = to_reported(std::get<HealthDocument>(document));
  return report;
}

std::string advice_for(const ProbeReport& report, const ProbeSettings& settings) {
  using Format = ProbeSettings::Format;
  if (report.is_no_http)
    return "where servers speak no HTTP: --mode tcp, which probes by --health-format connect; "
           "where "
           "they speak it and are not to be asked: --health-format connect";
  if (report.status == 0) return {};
  if (settings.format == Format::entries && report.result != ProbeResult::passed &&
      report.status >= 200 && report.status < 400)
    return "where servers have no health document: --health-format status";
  if (report.status == 400 || report.status == 421)
    return "name the host that it serves: --health-host HOST";
  if (is_about_path(report.status))
    return "name a page that it has: --health-path PATH; or ask for none: --health-format connect";
  return {};
}

}  // namespace brood
