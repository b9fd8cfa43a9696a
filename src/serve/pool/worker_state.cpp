#include "serve/pool/worker_state.hpp"

namespace brood {
namespace {

// from (row) \ to (column)                 INIT   IDLE   BUSY   EXIT
constexpr bool legal_steps[4][4] = {/*INIT*/ {false, true, false, true},
                                    /*IDLE*/ {false, false, true, true},
                                    /*BUSY*/ {false, true, false, true},
                                    /*EXIT*/ {false, false, false, false}};

bool is_state(WorkerState state) noexcept {
  return state >= WorkerState::init && state <= WorkerState::exit;
}

void count_exit(Path& path, WorkerState last) noexcept {
  if (last == WorkerState::init) ++path.exits_from_init;
  if (last == WorkerState::idle) ++path.exits_from_idle;
  if (last == WorkerState::busy) ++path.exits_from_busy;
}

/// One connection at a time: as many visits to BUSY as there were connections, then the way to the
/// last state.
std::optional<Path> path_by_connections(const WorkerSnapshot& from, const WorkerSnapshot& to,
                                        std::uint64_t connections) noexcept {
  const WorkerState last = connections > 0 ? WorkerState::busy : from.state;
  if (last != to.state && !is_legal_step(last, to.state)) return std::nullopt;
  if (connections == 0 && last != to.state && to.state == WorkerState::busy) return std::nullopt;
  Path path{.became_busy = connections, .connections = connections};
  // Each visit to BUSY begins in IDLE. The first finds the worker there if it was IDLE before.
  path.became_idle = connections - (connections > 0 && from.state == WorkerState::idle ? 1 : 0);
  if (last != to.state && to.state == WorkerState::idle) ++path.became_idle;
  if (from.state == WorkerState::init && path.became_idle > 0) path.acknowledged = 1;
  if (to.state == WorkerState::exit) count_exit(path, last);
  return path;
}

/// Many at once: the states as they are seen, and what must have been between them.
std::optional<Path> path_as_seen(const WorkerSnapshot& from, const WorkerSnapshot& to,
                                 std::uint64_t connections) noexcept {
  if (to.state == WorkerState::busy && to.connections == 0) return std::nullopt;
  Path path{.connections = connections};
  WorkerState last = from.state;
  // INIT is left through IDLE, but by one that leaves before it has served anybody.
  if (last == WorkerState::init && (to.state != WorkerState::exit || connections > 0)) {
    path.acknowledged = path.became_idle = 1;
    last = WorkerState::idle;
  }
  if (last == to.state) return path;
  if (to.state == WorkerState::idle) ++path.became_idle;
  if (to.state == WorkerState::busy) ++path.became_busy;
  if (to.state == WorkerState::exit) count_exit(path, last);
  return path;
}

}  // namespace

bool is_legal_step(WorkerState from, WorkerState to) noexcept {
  if (!is_state(from) || !is_state(to)) return false;
  return legal_steps[static_cast<int>(from) - 1][static_cast<int>(to) - 1];
}

Path& Path::operator+=(const Path& other) noexcept {
  acknowledged += other.acknowledged;
  became_idle += other.became_idle;
  became_busy += other.became_busy;
  exits_from_init += other.exits_from_init;
  exits_from_idle += other.exits_from_idle;
  exits_from_busy += other.exits_from_busy;
  connections += other.connections;
  return *this;
}

bool is_sound(const WorkerSnapshot& seen, std::uint32_t capacity) noexcept {
  if (!is_state(seen.state) || seen.open > seen.connections) return false;
  if (seen.state == WorkerState::idle) return seen.open < capacity;
  if (seen.state == WorkerState::busy) return seen.open >= 1 && seen.open <= capacity;
  return seen.open == 0;
}

std::optional<Path> path_between(const WorkerSnapshot& from, const WorkerSnapshot& to,
                                 std::uint32_t capacity) noexcept {
  if (!is_state(from.state) || !is_state(to.state)) return std::nullopt;
  if (to.connections < from.connections || to.finished() < from.finished()) return std::nullopt;
  const std::uint64_t connections = to.connections - from.connections;
  const bool stays = connections == 0 && from.state == to.state;
  if (from.state == WorkerState::exit || to.state == WorkerState::init)
    return stays ? std::optional{Path{}} : std::nullopt;
  return capacity == 1 ? path_by_connections(from, to, connections)
                       : path_as_seen(from, to, connections);
}

namespace {

std::string with_open(const WorkerSnapshot& seen) {
  return seen.open == 0 ? "" : " with " + std::to_string(seen.open) + " open";
}

}  // namespace

std::string describe_step(const WorkerSnapshot& from, const WorkerSnapshot& to) {
  return std::string("from ") + to_string(from.state) + " after " +
         std::to_string(from.connections) + " connections" + with_open(from) + " to " +
         to_string(to.state) + " after " + std::to_string(to.connections) + with_open(to);
}

}  // namespace brood
