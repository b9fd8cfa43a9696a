#pragma once

namespace brood {

/// Exit statuses of workers. Anything else comes from a handler.
inline constexpr int exit_done = 0;            ///< Served its quota, was drained, or was orphaned.
inline constexpr int exit_handler_start = 70;  ///< Handler::on_start threw (EX_SOFTWARE).
inline constexpr int exit_os_error = 71;       ///< accept, epoll or its channel failed (EX_OSERR).
inline constexpr int exit_terminated = 75;     ///< Left on a SIGTERM of its own (EX_TEMPFAIL).

}  // namespace brood
