#pragma once

#include <brood/handler.hpp>

#include "os/worker_spec.hpp"
#include "serve/worker/settings.hpp"

namespace brood {

/// A blocking worker's life from INIT to EXIT, one connection at a time. Runs in the child.
/// \return the exit status; pool/death.hpp names them.
int run_worker(const WorkerPlace& place, const WorkerSettings& settings,
               const HandlerFactory& make_handler);

/// The same with as many connections at once as connections_per_worker says.
int run_epoll_worker(const WorkerPlace& place, const WorkerSettings& settings,
                     const HandlerFactory& make_handler);

/// The reporter's life: it answers health probes, and everything else with 404. As a worker it has
/// a page and a channel, but it is none of the pool.
/// \param settings of the workers; it has short time-outs and fewer places, whatever they have.
int run_reporter(const WorkerPlace& place, const WorkerSettings& settings);

}  // namespace brood
