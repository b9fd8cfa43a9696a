#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/request_head.hpp"
#include "http/response_head.hpp"

namespace brood {

/// What is believed of a request's client that cannot be seen here, for it has come by somebody
/// else; empty: not told.
struct ToldOfClient {
  std::string_view scheme{};
  std::string_view host{};
};

/// What a proxy says in X-Forwarded-Proto; empty: nothing sound.
std::string_view told_scheme(const RequestHead& head) noexcept;

/// The fields of a message as a proxy passes them on (RFC 9110, section 7.6): without those that
/// are the connection's own and those that Connection names, with Via added. For reuse: it keeps
/// its memory. The views point into the message's bytes, into `client` and into this object, and
/// are good until the next call that is not const.
///
/// Also left out: Proxy-* (what they say is said to a proxy) and Proxy, which CGI programs would
/// take for their own setting; Trailer and TE, for trailers are dropped.
class ForwardedFields {
 public:
  /// Of a request. X-Forwarded-For and Forwarded (RFC 7239) have the client added at their end;
  /// X-Forwarded-Host and X-Forwarded-Proto are set anew. Max-Forwards is one less for TRACE and
  /// OPTIONS. Expect is left out.
  /// \param client "192.0.2.1", "2001:db8::1"; empty: none, as of a unix socket.
  /// \param told Goes before what is seen here: http, and the request's Host.
  void set_request(const RequestHead& head, std::string_view client, const ToldOfClient& told);
  /// Of a response, interim ones too.
  void set_response(const ResponseHead& head);
  /// Adds a field of the caller's. \pre Its bytes outlive the fields.
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }

  std::span<const FieldView> all() const noexcept { return fields_; }
  /// The protocol that a request or a 101 wants to go on with; empty: none, or one that may not
  /// be passed on: h2c would carry requests past whoever reads them here.
  std::string_view upgrade() const noexcept { return upgrade_; }

 private:
  void start() noexcept;
  void set_forwarded(std::string_view client, const ToldOfClient& told);

  std::vector<FieldView> fields_;
  std::string addresses_;  // Where there is more than one.
  std::string forwarded_;
  std::string hops_;
  std::string_view upgrade_;
};

/// Whether the request has come as far as it may: TRACE or OPTIONS with `Max-Forwards: 0`, which
/// is answered by who has it (RFC 9110, section 7.6.2).
bool is_at_last_hop(const RequestHead& head) noexcept;

/// The target in the form in which a server is asked: of an absolute one, path and query, or "*"
/// (RFC 9112, section 3.2). Its authority is the request's host. `scratch` is used where the target
/// has a query and no path.
std::string_view origin_target(const RequestHead& head, std::string& scratch);

/// What the fields of an answer without a body tell of its length (to HEAD, or 304).
std::optional<std::uint64_t> told_length(const ResponseHead& head) noexcept;

}  // namespace brood
