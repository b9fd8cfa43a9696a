#pragma once

#include <brood/handler.hpp>
#include <memory>

#include "serve/worker/report.hpp"

namespace brood {

/// Makes a handler and tells it where it is, in the process that it is for. \param thread see
/// WorkerInfo. \param report takes its notes, for as long as it lives.
/// \return none if it has failed, the reason noted.
std::unique_ptr<Handler> start_handler(const HandlerFactory& make_handler, std::uint32_t slot,
                                       std::uint32_t thread, Report& report);

}  // namespace brood
