#pragma once

namespace brood {

/// The exit statuses of the program, as docs/operating.md lists them.
inline constexpr int exit_ok = 0;           ///< Done, or stopped as asked.
inline constexpr int exit_failed = 1;       ///< Ran into something it could not recover from.
inline constexpr int exit_bad_options = 2;  ///< Bad options or config file; nothing was started.
inline constexpr int exit_no_listener = 3;  ///< Could not bind; nothing was started.
// Of brood ctl.
inline constexpr int exit_no_server = 4;        ///< None answers where it is looked for.
inline constexpr int exit_several_servers = 5;  ///< One has to be chosen.
inline constexpr int exit_no_permission = 6;    ///< The server is somebody else's.
inline constexpr int exit_other_version = 7;    ///< What answers does not know what is asked.
inline constexpr int exit_interrupted = 130;    ///< By Ctrl-C; what was ordered goes on.

inline constexpr int exit_internal = 70;  ///< A bug (EX_SOFTWARE of sysexits.h).

}  // namespace brood
