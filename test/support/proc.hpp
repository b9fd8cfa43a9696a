#pragma once
// test/support: what the process tests stand on. It starts the real binary, talks to it with raw
// sockets, reads its log and looks at /proc; it knows no class of the server's.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "support/function_ref.hpp"

namespace brood::test {

/// How long a test waits for what has to happen: long enough for a busy machine with sanitizers,
/// so that only what never happens fails.
inline constexpr std::chrono::seconds patience{20};

/// Asks again and again until `condition` holds. \return false when `limit` has passed before.
bool eventually(FunctionRef<bool()> condition, std::chrono::milliseconds limit = patience);

/// The direct children of a process, zombies included, in ascending order.
std::vector<pid_t> children_of(pid_t parent);

/// Those children that have ended and wait to be reaped.
std::vector<pid_t> zombies_of(pid_t parent);

/// Every process of a process group, zombies included.
std::vector<pid_t> group_members(pid_t group);

/// The state's letter as in proc(5): R, S, T, Z ...; 0 when there is no such process.
char state_of(pid_t pid);

/// There is such a process, and it is no zombie: one that has ended holds no descriptors any more.
bool is_alive(pid_t pid);

/// Those of a process group that live.
std::vector<pid_t> living_members(pid_t group);

/// Waits until there is no such process, not even a zombie. \return false when it stays.
bool is_gone(pid_t pid, std::chrono::milliseconds limit = patience);

/// How often a process has given up the processor to wait; 0 when it is gone.
std::uint64_t voluntary_switches(pid_t pid);

/// What its descriptors refer to, as readlink(2) shows it: "socket:[4711]", "/dev/null".
std::vector<std::string> open_files(pid_t pid);

/// Processor time that it has used, user and system; 0 when it is gone.
std::chrono::milliseconds cpu_time(pid_t pid);

}  // namespace brood::test
