#include "http/forwarding.hpp"

#include <algorithm>
#include <charconv>

#include "http/characters.hpp"

namespace brood {
namespace {

constexpr std::string_view own_via = "1.1 brood";
constexpr std::string_view own_via_of_1_0 = "1.0 brood";

/// What is done with a field of a message that is passed on.
enum class Fate : std::uint8_t {
  passed,
  dropped,
  host,
  expect,
  upgrade,
  max_forwards,
  forwarded,
  forwarded_for,
  set_anew,  ///< In a request.
};

struct KnownFate {
  std::string_view name;
  Fate fate;
};

/// In the order of their lengths, so that most fields are told apart by theirs alone.
constexpr KnownFate known_fates[] = {
    {"TE", Fate::dropped},
    {"Host", Fate::host},
    {"Proxy", Fate::dropped},
    {"Expect", Fate::expect},
    {"Trailer", Fate::dropped},
    {"Upgrade", Fate::upgrade},
    {"Forwarded", Fate::forwarded},
    {"Connection", Fate::dropped},
    {"Keep-Alive", Fate::dropped},
    {"Max-Forwards", Fate::max_forwards},
    {"Content-Length", Fate::dropped},
    {"X-Forwarded-For", Fate::forwarded_for},
    {"Proxy-Connection", Fate::dropped},
    {"X-Forwarded-Host", Fate::set_anew},
    {"Transfer-Encoding", Fate::dropped},
    {"X-Forwarded-Proto", Fate::set_anew},
    {"Proxy-Authenticate", Fate::dropped},
    {"Proxy-Authorization", Fate::dropped},
    {"Proxy-Authentication-Info", Fate::dropped},
};

Fate fate_of(std::string_view name) noexcept {
  for (const KnownFate& known : known_fates) {
    if (known.name.size() < name.size()) continue;
    if (known.name.size() > name.size()) break;
    if (characters::equal_ignoring_case(known.name, name)) return known.fate;
  }
  return Fate::passed;
}

/// Whether one of the Connection fields names it (RFC 9110, section 7.6.1).
bool is_named(std::span<const FieldView> fields, std::string_view name) noexcept {
  for (const FieldView& field : fields) {
    if (known_field(field.name) != KnownField::connection) continue;
    std::string_view list = field.value;
    while (const auto option = next_element_of(list))
      if (characters::equal_ignoring_case(*option, name)) return true;
  }
  return false;
}

void append_to_list(std::string_view element, std::string& list) {
  if (!list.empty() && !element.empty()) list += ", ";
  list += element;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && characters::all(text, characters::token);
}

/// As a value of RFC 7239, section 4: a token, or quoted. Nothing that must be escaped can come.
void append_quoted(std::string_view text, std::string& output) {
  const bool is_quoted = !is_token(text);
  if (is_quoted) output += '"';
  output += text;
  if (is_quoted) output += '"';
}

/// RFC 7239, section 6: an IPv6 address stands in brackets, and so in quotes.
void append_node(std::string_view address, std::string& output) {
  if (address.empty()) {
    output += "unknown";
  } else if (address.find(':') != std::string_view::npos) {
    ((output += "\"[") += address) += "]\"";
  } else {
    output += address;
  }
}

bool is_traced(const RequestHead& head) noexcept {
  return head.line.method == "TRACE" || head.line.method == "OPTIONS";
}

/// One less, for TRACE and OPTIONS; what is no number is passed on as it is.
std::string_view count_down(const RequestHead& head, std::string_view value, std::string& scratch) {
  std::uint64_t hops = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), hops);
  const bool is_number = error == std::errc{} && end == value.data() + value.size();
  if (!is_traced(head) || !is_number || hops == 0) return value;
  scratch = std::to_string(hops - 1);
  return scratch;
}

/// HTTP/2 in the clear (RFC 7540, section 3.2) would be a tunnel for requests that nobody reads.
bool may_be_upgraded_to(std::string_view protocols) noexcept {
  while (const auto protocol = next_element_of(protocols))
    if (characters::equal_ignoring_case(protocol->substr(0, 3), "h2c")) return false;
  return true;
}

}  // namespace

void ForwardedFields::start() noexcept {
  fields_.clear();
  addresses_.clear();
  forwarded_.clear();
  upgrade_ = {};
}

void ForwardedFields::set_request(const RequestHead& head, std::string_view client,
                                  const ToldOfClient& told) {
  start();
  for (const FieldView& field : head.fields) {
    const Fate fate = fate_of(field.name);
    if (fate != Fate::upgrade && head.has_options && is_named(head.fields, field.name)) continue;
    switch (fate) {
      case Fate::passed: fields_.push_back(field); break;
      case Fate::dropped:
      case Fate::host:
      case Fate::expect:
      case Fate::set_anew: break;
      case Fate::upgrade: upgrade_ = field.value; break;
      case Fate::max_forwards: add(field.name, count_down(head, field.value, hops_)); break;
      case Fate::forwarded: append_to_list(field.value, forwarded_); break;
      case Fate::forwarded_for: append_to_list(field.value, addresses_); break;
    }
  }
  if (!head.wants_upgrade || !may_be_upgraded_to(upgrade_)) upgrade_ = {};
  set_forwarded(client, {.scheme = told.scheme.empty() ? "http" : told.scheme,
                         .host = told.host.empty() ? head.host : told.host});
  add("Via", head.line.is_http_1_0 ? own_via_of_1_0 : own_via);
}

void ForwardedFields::set_forwarded(std::string_view client, const ToldOfClient& told) {
  if (!told.host.empty()) add("X-Forwarded-Host", told.host);
  add("X-Forwarded-Proto", told.scheme);
  if (!addresses_.empty()) {
    append_to_list(client, addresses_);
    add("X-Forwarded-For", addresses_);
  } else if (!client.empty()) {
    add("X-Forwarded-For", client);
  }
  if (!forwarded_.empty()) forwarded_ += ", ";
  forwarded_ += "for=";
  append_node(client, forwarded_);
  if (!told.host.empty()) {
    forwarded_ += ";host=";
    append_quoted(told.host, forwarded_);
  }
  (forwarded_ += ";proto=") += told.scheme;
  add("Forwarded", forwarded_);
}

void ForwardedFields::set_response(const ResponseHead& head) {
  start();
  for (const FieldView& field : head.fields) {
    const Fate fate = fate_of(field.name);
    if (fate == Fate::upgrade) upgrade_ = field.value;
    if (fate == Fate::dropped || fate == Fate::upgrade) continue;
    if (!head.has_options || !is_named(head.fields, field.name)) fields_.push_back(field);
  }
  add("Via", head.line.is_http_1_0 ? own_via_of_1_0 : own_via);
}

std::string_view told_scheme(const RequestHead& head) noexcept {
  const std::string_view scheme = find_field(head.fields, "X-Forwarded-Proto").value_or("");
  return is_token(scheme) ? scheme : std::string_view{};
}

bool is_at_last_hop(const RequestHead& head) noexcept {
  return is_traced(head) && find_field(head.fields, "Max-Forwards") == "0";
}

std::string_view origin_target(const RequestHead& head, std::string& scratch) {
  const std::string_view target = head.line.target;
  if (head.line.parts.form != Target::Form::absolute) return target;
  constexpr std::size_t authority_begin = std::string_view("http://").size();
  const auto end = target.find_first_of("/?", authority_begin);
  if (end == std::string_view::npos) return head.line.parts.path;
  if (target[end] == '/') return target.substr(end);
  (scratch = '/') += target.substr(end);
  return scratch;
}

std::optional<std::uint64_t> told_length(const ResponseHead& head) noexcept {
  if (!find_field(head.fields, "Content-Length")) return std::nullopt;
  return head.content_length;
}

}  // namespace brood
