#pragma once

namespace brood {

/// The exit statuses of the program, as docs/operating.md lists them.
inline constexpr int exit_ok = 0;           ///< Done, or stopped as asked.
inline constexpr int exit_failed = 1;       ///< Ran into something it could not recover from.
inline constexpr int exit_bad_options = 2;  ///< Bad options or config file; nothing was started.
inline constexpr int exit_no_listener = 3;  ///< Could not bind; nothing was started.
inline constexpr int exit_internal = 70;    ///< A bug (EX_SOFTWARE of sysexits.h).

}  // namespace brood
