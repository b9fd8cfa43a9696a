// What the answer to a probe is worth.
#include <variant>

#include "proxy/prober.hpp"
#include "wire/health_document.hpp"

namespace brood {
namespace {

ProbeReport failed(ProbeResult result, std::string detail) {
  ProbeReport report;
  report.result = result;
  report.detail = std::move(detail);
  return report;
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

ProbeReport judge_probe(int status, bool is_length_said, bool has_excess, std::string_view body,
                        ProbeSettings::Format format) {
  ProbeReport passed;
  passed.result = ProbeResult::passed;
  if (format == ProbeSettings::Format::status) {
    if (status >= 200 && status < 400) return passed;
    return failed(ProbeResult::bad_status, "status " + std::to_string(status));
  }
  if (status != 200) return failed(ProbeResult::bad_status, "status " + std::to_string(status));
  if (!is_length_said) return failed(ProbeResult::bad_length, "it has no Content-Length");
  if (has_excess) return failed(ProbeResult::bad_length, "more bytes than Content-Length says");
  const auto document = parse_health_document(body);
  if (const auto* fault = std::get_if<HealthFault>(&document))
    return failed(ProbeResult::bad_body, to_string(*fault));
  passed.has_load = true;
  passed.load = to_reported(std::get<HealthDocument>(document));
  return passed;
}

}  // namespace brood
