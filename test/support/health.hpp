#pragma once

#include <stdexcept>

#include "support/client.hpp"
#include "wire/health_document.hpp"

namespace brood::test {

/// The load that a reply tells of; throws with what came if it tells of none.
inline LoadReport load_in(const Reply& reply) {
  const auto parsed = parse_health_document(reply.body);
  const auto* const document = std::get_if<HealthDocument>(&parsed);
  if (reply.status != 200 || document == nullptr || !document->load)
    throw std::runtime_error("no health document: " + std::to_string(reply.status) + " " +
                             reply.body);
  return *document->load;
}

/// The load as a probe of its own finds it.
inline LoadReport load_at(std::uint16_t port) {
  return load_in(get(port, "/healthcheck"));
}

}  // namespace brood::test
