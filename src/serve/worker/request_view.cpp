#include "serve/worker/request_view.hpp"

#include <algorithm>

#include "http/forwarded_client.hpp"

namespace brood {

void RequestView::look_at(const RequestHead& head, const AddressSet& forwarders, SocketEnds& ends) {
  host_ = head.host;
  scheme_ = "http";
  fields_ = head.fields;
  bool is_other_host = head.line.parts.form == Target::Form::absolute;
  if (!forwarders.is_empty()) {
    believe_forwarder(head, forwarders, ends);
    is_other_host |= host_.data() != head.host.data();
  }
  if (is_other_host) set_host_field(head);
}

void RequestView::believe_forwarder(const RequestHead& head, const AddressSet& forwarders,
                                    SocketEnds& ends) {
  ends.forget_forwarded();
  const ForwardedClient found = find_forwarded_client(head.fields, ends.client_end(), forwarders);
  ends.set_forwarded(found.client);
  if (is_secure_scheme(found.scheme)) scheme_ = "https";
  if (!found.host.empty()) host_ = found.host;
}

/// Who sends an absolute target may send any Host beside it, which is to be ignored (RFC 9112,
/// section 3.2.2).
void RequestView::set_host_field(const RequestHead& head) {
  own_fields_.assign(head.fields.begin(), head.fields.end());
  const auto host = std::ranges::find_if(own_fields_, [](const FieldView& field) {
    return known_field(field.name) == KnownField::host;
  });
  if (host == own_fields_.end())
    own_fields_.push_back({"Host", host_});
  else
    host->value = host_;
  fields_ = own_fields_;
}

}  // namespace brood
