#pragma once

namespace brood {

/// Puts in order what whoever started this program has left it with. A closed descriptor 0, 1 or 2
/// is opened on /dev/null: otherwise the first socket takes its number, and whoever writes to
/// stderr writes to a client. Blocked signals are unblocked (a mask outlives execve(2)). Call it
/// before anything is opened.
void settle_inheritance() noexcept;

/// Of a server: what would end it by default and is meant to be an error of a write (SIGPIPE,
/// SIGXFSZ), or asks for what is not there yet (SIGUSR2), is ignored.
void ignore_deadly_signals() noexcept;

/// Whether a signal is ignored, as nohup(1) has SIGHUP: whoever started the program wants it so.
bool is_ignored(int signal_number) noexcept;

}  // namespace brood
