#include "control/access_format.hpp"

#include <algorithm>
#include <optional>

#include "http/field.hpp"

namespace brood {
namespace {

constexpr std::string_view common = "%h %l %u %t \"%r\" %>s %b";
constexpr std::string_view combined =
    "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"";

/// In a line, however much of it is escaped: together they leave room for the rest.
constexpr std::size_t request_line_max = 2048;
constexpr std::size_t other_max = 512;

bool is_escaped(char byte) noexcept {
  const auto code = static_cast<unsigned char>(byte);
  return code < 0x20 || code >= 0x7f || byte == '"' || byte == '\\';
}

/// So much of it that the line will not have more than `max` of it, "\\x00" at the worst.
std::string_view fitting(std::string_view text, std::size_t max) noexcept {
  std::size_t size = 0;
  std::size_t length = 0;
  while (size < text.size() && (length += is_escaped(text[size]) ? 5 : 1) <= max) ++size;
  return text.substr(0, size);
}

/// Apache's escapes, so that what reads its logs reads these.
void append_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.empty()) out += '-';
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (!is_escaped(byte)) {
      out += byte;
    } else if (byte == '"' || byte == '\\') {
      (out += '\\') += byte;
    } else {
      ((out += "\\x") += digits[code >> 4]) += digits[code & 15];
    }
  }
}

std::string_view protocol_of(const AccessEntry& entry) {
  return entry.head == nullptr          ? std::string_view{}
         : entry.head->line.is_http_1_0 ? "HTTP/1.0"
                                        : "HTTP/1.1";
}

std::string_view field_of(const AccessEntry& entry, std::string_view name) {
  if (entry.head == nullptr) return {};
  return find_field(entry.head->fields, name).value_or(std::string_view{});
}

}  // namespace

struct AccessFormat::Directive {
  std::string_view name;
  Kind kind = Kind::text;

  static std::optional<Kind> find(std::string_view name) {
    static constexpr Directive all[] = {{"a", Kind::client},
                                        {"h", Kind::client},
                                        {"l", Kind::nothing},
                                        {"u", Kind::nothing},
                                        {"t", Kind::clock},
                                        {"r", Kind::request_line},
                                        {"s", Kind::status},
                                        {">s", Kind::status},
                                        {"B", Kind::bytes},
                                        {"b", Kind::bytes_or_gap},
                                        {"D", Kind::microseconds},
                                        {"{us}T", Kind::microseconds},
                                        {"T", Kind::seconds},
                                        {"{s}T", Kind::seconds},
                                        {"{ms}T", Kind::milliseconds},
                                        {"m", Kind::method},
                                        {"{queue}D", Kind::queued},
                                        {"U", Kind::path},
                                        {"q", Kind::query},
                                        {"H", Kind::protocol},
                                        {"v", Kind::host},
                                        {"P", Kind::pid},
                                        {"{pid}P", Kind::pid},
                                        {"{slot}P", Kind::slot},
                                        {"X", Kind::ended},
                                        {"{generation}P", Kind::generation}};
    const auto* const found = std::ranges::find(all, name, &Directive::name);
    return found == std::end(all) ? std::nullopt : std::optional(found->kind);
  }
};

std::variant<AccessFormat, std::string> AccessFormat::parse(std::string_view text) {
  AccessFormat format;
  if (text == "json") return format;
  if (text == "common") text = common;
  if (text == "combined") text = combined;
  if (text.find('%') == text.npos) return "is none of common, combined, json and has no % in it";
  while (!text.empty()) {
    const std::size_t sign = std::min(text.find('%'), text.size());
    if (sign > 0) format.pieces_.push_back({Kind::text, std::string(text.substr(0, sign))});
    text.remove_prefix(sign);
    if (text.empty()) break;
    std::size_t size = 2;
    if (text.starts_with("%>")) size = 3;
    if (text.starts_with("%{")) size = std::min(text.find('}'), text.size()) + 2;
    if (size > text.size()) return "ends within " + std::string(text);
    const std::string_view name = text.substr(1, size - 1);
    if (name == "%") {
      format.pieces_.push_back({Kind::text, "%"});
    } else if (const auto kind = Directive::find(name)) {
      format.pieces_.push_back({*kind, {}});
    } else if (name.starts_with('{') && name.ends_with("}i") && name.size() > 3) {
      format.pieces_.push_back({Kind::field, std::string(name.substr(1, name.size() - 3))});
    } else {
      return "has %" + std::string(name) + ", which is not known";
    }
    text.remove_prefix(size);
  }
  return format;
}

bool AccessFormat::tells_queue() const noexcept {
  return pieces_.empty() || std::ranges::find(pieces_, Kind::queued, &Piece::kind) != pieces_.end();
}

void AccessFormat::write(const AccessEntry& entry, std::string& out) const {
  const std::size_t begin = out.size();
  if (pieces_.empty()) {
    write_json(entry, out);
  } else {
    for (const Piece& piece : pieces_) write(piece, entry, out);
    if (out.size() - begin >= line_max) out.resize(begin + line_max - 1);
  }
  out += '\n';
}

void AccessFormat::write(const Piece& piece, const AccessEntry& entry, std::string& out) {
  const auto text = [&out](std::string_view bytes) {
    append_escaped(out, fitting(bytes, other_max));
  };
  const auto number = [&out](auto value) { out += std::to_string(value); };
  const RequestLine* const line = entry.head != nullptr ? &entry.head->line : nullptr;
  switch (piece.kind) {
    case Kind::text: out += piece.text; break;
    case Kind::client: text(entry.client); break;
    case Kind::nothing: out += '-'; break;
    case Kind::clock: ((out += '[') += entry.clock) += ']'; break;
    case Kind::request_line: append_escaped(out, fitting(entry.line, request_line_max)); break;
    case Kind::status: number(entry.status); break;
    case Kind::bytes_or_gap:
      if (entry.body_bytes == 0) return text({});
      [[fallthrough]];
    case Kind::bytes: number(entry.body_bytes); break;
    case Kind::microseconds: number(to_us(entry.duration)); break;
    case Kind::milliseconds: number(to_us(entry.duration) / 1000); break;
    case Kind::seconds: number(to_us(entry.duration) / 1'000'000); break;
    case Kind::queued: entry.queued < Duration{0} ? text({}) : number(to_us(entry.queued)); break;
    case Kind::method: text(line != nullptr ? line->method : std::string_view{}); break;
    case Kind::path: text(line != nullptr ? line->parts.path : std::string_view{}); break;
    case Kind::query:
      if (line == nullptr || line->parts.query.empty()) break;
      out += '?';
      text(line->parts.query);
      break;
    case Kind::protocol: text(protocol_of(entry)); break;
    case Kind::host: text(entry.head != nullptr ? entry.head->host : std::string_view{}); break;
    case Kind::pid: number(entry.pid); break;
    case Kind::slot: number(entry.slot); break;
    case Kind::generation: number(entry.generation); break;
    case Kind::ended: out += entry.ended; break;
    case Kind::field: text(field_of(entry, piece.text)); break;
  }
}

void AccessFormat::write_json(const AccessEntry& entry, std::string& out) {
  LogEvent event{.level = Level::info, .name = "access"};
  const auto add = [&event](std::string_view name, std::string_view text, std::size_t max) {
    if (!text.empty()) event.with(name, std::string(fitting(text, max)));
  };
  add("client", entry.client, other_max);
  add("request", entry.line, request_line_max);
  add("host", entry.head != nullptr ? entry.head->host : std::string_view{}, other_max / 2);
  event.with_signed("status", entry.status).with("bytes_out", entry.body_bytes);
  if (entry.queued >= Duration{0}) event.with_signed("queue_us", to_us(entry.queued));
  event.with_signed("total_us", to_us(entry.duration));
  event.with("end", entry.ended == 'X' ? "cut" : "done");
  add("referer", field_of(entry, "Referer"), other_max);
  add("user_agent", field_of(entry, "User-Agent"), other_max);
  event.with("slot", entry.slot).with_signed("pid", entry.pid).with("generation", entry.generation);
  out += format_json(event, entry.at);
}

}  // namespace brood
