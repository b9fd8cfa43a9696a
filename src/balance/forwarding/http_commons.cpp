#include "balance/forwarding/http_commons.hpp"

#include <utility>

#include "balance/forwarding/client_stream.hpp"
#include "balance/forwarding/forwarder.hpp"

namespace brood {
namespace {

/// Streams that are kept for the next ones, with their memory of up to 160 KiB each.
constexpr std::size_t spare_max = 64;

}  // namespace

HttpCommons::HttpCommons(Forwarder& forwarder)
    : forwarder_(forwarder),
      settings_(forwarder.settings().http),
      pool_(forwarder.loop(), forwarder.router(), settings_.kept_max, settings_.kept_timeout),
      budget_(forwarder.settings().retry_share, forwarder.settings().retry_floor,
              forwarder.loop().now()) {
  forwarder.on_removed([this](ServerId server) { pool_.remove(server); });
}

HttpCommons::~HttpCommons() = default;

std::unique_ptr<ClientStream> HttpCommons::lend() {
  if (spare_.empty()) return std::make_unique<ClientStream>(*this);
  std::unique_ptr<ClientStream> stream = std::move(spare_.back());
  spare_.pop_back();
  return stream;
}

void HttpCommons::take_back(std::unique_ptr<ClientStream> stream) noexcept {
  if (spare_.size() < spare_max) spare_.push_back(std::move(stream));
}

}  // namespace brood
