#pragma once
// A whole server around one's own handler: the options, config file, signals and log of
// `brood serve`, and its pool of workers.

#include <brood/handler.hpp>

namespace brood {

/// What `brood serve` does, with this handler in the place of those that --handler names. Call it
/// from main(), with main()'s arguments, before anything has started a thread.
/// \param make_handler runs in each worker, after the fork
/// \return the exit status: 0 stopped as asked, 1 could not go on, 2 bad options, 3 could not bind,
///   70 an internal error
int serve(int argc, char** argv, const HandlerFactory& make_handler);

}  // namespace brood
