#include "report/csv.hpp"

namespace brood {
namespace {

std::string csv_field(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string safe = "\"";
  for (const char byte : field) {
    if (byte == '"') safe += '"';
    safe += byte;
  }
  return safe + '"';
}

}  // namespace

std::string csv_record(std::span<const std::string> fields) {
  std::string record;
  for (const std::string& field : fields) {
    if (&field != fields.data()) record += ',';
    record += csv_field(field);
  }
  return record + "\r\n";
}

}  // namespace brood
