#pragma once

#include <brood/handler.hpp>
#include <memory>

#include "serve/models/models.hpp"
#include "serve/supervisor/settings.hpp"

namespace brood {

/// All that one generation of a server is configured with. Nobody changes it: who serves by it
/// holds it, and a new configuration is a new generation beside the old one.
struct ServeConfig {
  SupervisorSettings supervisor;  ///< The generation's number is in there.
  WorkerSettings worker;
  const Model* model = nullptr;  ///< A row of the table.
  HandlerFactory make_handler;
};

/// The supervisor's part of it, which keeps the whole.
inline std::shared_ptr<const SupervisorSettings> supervisor_part(
    const std::shared_ptr<const ServeConfig>& config) {
  return {config, &config->supervisor};
}

}  // namespace brood
