#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/address_set.hpp"
#include "http/request_head.hpp"
#include "serve/worker/socket_ends.hpp"

namespace brood {

/// A request's head as handlers are to see it: for the host and with the scheme that the client has
/// asked for, whoever has sent the request on, and with that host as its Host. For reuse.
class RequestView {
 public:
  /// \param head outlives the view of it. \param ends are told of the client before `forwarders`.
  void look_at(const RequestHead& head, const AddressSet& forwarders, SocketEnds& ends);

  std::string_view host() const noexcept { return host_; }
  std::string_view scheme() const noexcept { return scheme_; }
  std::span<const FieldView> fields() const noexcept { return fields_; }

 private:
  void believe_forwarder(const RequestHead& head, const AddressSet& forwarders, SocketEnds& ends);
  void set_host_field(const RequestHead& head);

  std::string_view host_;
  std::string_view scheme_;
  std::span<const FieldView> fields_;
  std::vector<FieldView> own_fields_;  ///< Where Host has another value.
};

}  // namespace brood
