#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"
#include "serve/pool/restart.hpp"
#include "serve/supervisor/supervision.hpp"

namespace brood {

/// Makes workers, and learns from what becomes of them when to make more: the memory behind pacing
/// and giving up (pool/restart.hpp).
class Spawning {
 public:
  explicit Spawning(Supervision& all) : all_(all), random_(all.current.settings->seed) {}

  /// What came of making several.
  struct Spawned {
    std::string outcome;
    std::vector<Birth> births;
  };
  Spawned spawn(std::uint32_t count);
  /// Of the generation in force, unless it is another one's newcomer.
  Result<Birth> spawn_into(std::uint32_t slot) { return spawn_into(slot, all_.current); }
  Result<Birth> spawn_into(std::uint32_t slot, const Generation& generation);

  /// The pool as the regulator sees it. \param with_queue asks the kernel for what waits.
  PoolView view(bool with_queue) const;
  /// Until a worker that could not be made is tried again.
  Duration retry_pause(TimePoint now) const noexcept { return brood::retry_pause(restart_, now); }

  /// Looks whether a worker has proven itself, by its page.
  void prove(std::uint32_t slot, TimePoint now);
  void learn_from(const Slot& ended, const Death& death);

 private:
  std::uint64_t next_quota(const SupervisorSettings& settings) noexcept;
  void note_failure(const std::string& what, const RestartMemory& next);

  Supervision& all_;
  RestartMemory restart_;
  SplitMix random_;
  Duration fork_cost_{0};
};

}  // namespace brood
