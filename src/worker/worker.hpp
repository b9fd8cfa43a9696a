#pragma once

#include <brood/handler.hpp>

#include "os/worker_seat.hpp"
#include "worker/settings.hpp"

namespace brood {

/// A blocking worker's life from INIT to EXIT, one connection at a time. Runs in the child.
/// \return the exit status; pool/death.hpp names them.
int run_worker(const WorkerSeat& seat, const WorkerSettings& settings,
               const HandlerFactory& make_handler);

/// The same with as many connections at once as connections_per_worker says.
int run_epoll_worker(const WorkerSeat& seat, const WorkerSettings& settings,
                     const HandlerFactory& make_handler);

}  // namespace brood
