#include "pool/worker_state.hpp"

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

/// Counts as many visits to BUSY as there were connections, then the way to the last state.
Path path_over(const Sighting& from, const Sighting& to, std::uint64_t connections) noexcept {
  Path path{.became_busy = connections};
  // Each visit to BUSY begins in IDLE. The first finds the worker there if it was IDLE before.
  path.became_idle = connections - (connections > 0 && from.state == WorkerState::idle ? 1 : 0);
  const WorkerState last = connections > 0 ? WorkerState::busy : from.state;
  if (last != to.state && to.state == WorkerState::idle) ++path.became_idle;
  if (from.state == WorkerState::init && path.became_idle > 0) path.acknowledged = 1;
  if (to.state == WorkerState::exit) {
    if (last == WorkerState::init) ++path.exits_from_init;
    if (last == WorkerState::idle) ++path.exits_from_idle;
    if (last == WorkerState::busy) ++path.exits_from_busy;
  }
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
  return *this;
}

std::optional<Path> path_between(const Sighting& from, const Sighting& to) noexcept {
  if (!is_state(from.state) || !is_state(to.state)) return std::nullopt;
  if (to.connections < from.connections) return std::nullopt;
  const std::uint64_t connections = to.connections - from.connections;
  const bool stays = connections == 0 && from.state == to.state;
  if (from.state == WorkerState::exit || to.state == WorkerState::init)
    return stays ? std::optional{Path{}} : std::nullopt;
  const WorkerState last = connections > 0 ? WorkerState::busy : from.state;
  if (last != to.state && !is_legal_step(last, to.state)) return std::nullopt;
  if (connections == 0 && last != to.state && to.state == WorkerState::busy) return std::nullopt;
  return path_over(from, to, connections);
}

}  // namespace brood
