#include "lab/compare/data_report.hpp"

#include "lab/compare/table_report.hpp"
#include "report/csv.hpp"
#include "report/table.hpp"

namespace brood {
namespace {

/// Printable ASCII, as all texts in here are.
std::string json_text(std::string_view text) {
  std::string safe = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') safe += '\\';
    safe += static_cast<unsigned char>(byte) < 0x20 ? ' ' : byte;
  }
  return safe + '"';
}

std::string json_member(std::string_view name, const std::string& value) {
  return json_text(name) + ": " + value;
}

std::string json_spread(const Spread& spread) {
  constexpr int decimals = 3;
  return "{\"median\": " + format_fixed(spread.median, decimals) +
         ", \"least\": " + format_fixed(spread.least, decimals) +
         ", \"greatest\": " + format_fixed(spread.greatest, decimals) + '}';
}

std::string json_entry(const Entry& entry, std::span<const Entry> entries) {
  std::string json = "{" + json_member("workload", json_text(entry.workload)) + ", " +
                     json_member("level", std::to_string(entry.level)) + ", " +
                     json_member("server", json_text(entry.contender)) + ", " +
                     json_member("rounds", std::to_string(entry.rounds.size())) + ", " +
                     json_member("standing", json_text(standing(entry, entries))) + ", " +
                     json_member("failures", json_text(failures_text(entry)));
  for (const Figure& figure : figures()) {
    const auto spread = entry.spread(figure);
    json += ", " + json_member(figure.name, spread ? json_spread(*spread) : "null");
  }
  return json + '}';
}

std::string json_claim(const Claim& claim) {
  return "{" + json_member("model", json_text(claim.model)) + ", " +
         json_member("claim", json_text(claim.text)) + ", " +
         json_member("experiment", json_text(claim.experiment)) + ", " +
         json_member("figures", json_text(claim.figures)) + ", " +
         json_member("verdict", json_text(to_string(claim.verdict))) + ", " +
         json_member("reason", json_text(claim.reason)) + '}';
}

template <class Items, class Show>
std::string json_list(const Items& items, Show show) {
  std::string json = "[";
  for (const auto& item : items) json += (json.size() > 1 ? ",\n    " : "\n    ") + show(item);
  return json + "\n  ]";
}

}  // namespace

std::string measurements_csv(std::span<const Record> records) {
  std::vector<std::string> head{"workload", "level", "server", "round"};
  for (const Figure& figure : figures()) head.emplace_back(figure.name);
  for (const auto name : load_failure_names) head.push_back("failed_" + std::string(name));
  head.emplace_back("trouble");
  std::string csv = csv_record(head);
  for (const Record& record : records) {
    std::vector<std::string> fields{record.workload, std::to_string(record.level), record.contender,
                                    std::to_string(record.round)};
    for (const Figure& figure : figures()) {
      const auto value = figure.of(record.measurement);
      fields.push_back(value ? format_fixed(*value, 3) : "");
    }
    for (const auto count : record.measurement.load.failures)
      fields.push_back(std::to_string(count));
    fields.push_back(record.measurement.trouble);
    csv += csv_record(fields);
  }
  return csv;
}

std::string results_json(const std::string& run, const std::string& machine,
                         std::span<const Entry> entries, std::span<const Claim> claims) {
  return "{\n  " + json_member("run", json_text(run)) + ",\n  " +
         json_member("machine", json_text(machine)) + ",\n  " +
         json_member(
             "results",
             json_list(entries, [&](const Entry& entry) { return json_entry(entry, entries); })) +
         ",\n  " + json_member("claims", json_list(claims, json_claim)) + "\n}\n";
}

}  // namespace brood
