#pragma once

#include "serve/supervisor/reaping.hpp"

namespace brood {

/// Once a second: whether workers get on, and what is done about those who do not.
class ProgressWatch {
 public:
  ProgressWatch(Supervision& all, Spawning& spawning, Reaping& reaping)
      : all_(all), spawning_(spawning), reaping_(reaping) {}

  void tick();

 private:
  void treat(std::uint32_t slot, TimePoint now);
  void ask(std::uint32_t slot, TimePoint now);

  Supervision& all_;
  Spawning& spawning_;
  Reaping& reaping_;
};

}  // namespace brood
