#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "log/log.hpp"
#include "os/listener_set.hpp"
#include "os/worker_source.hpp"
#include "serve/supervisor/settings.hpp"

namespace brood {

/// One configuration of a server, and all that its workers are made of. Whoever starts by it is of
/// that generation to the end.
struct Generation {
  std::shared_ptr<const SupervisorSettings> settings;  ///< Its number is in there.
  std::shared_ptr<WorkerSource> workers;
  std::shared_ptr<ListenerSet> listeners;
  std::shared_ptr<WorkerSource> reporters;
  std::shared_ptr<ListenerSet> health;  ///< The reporter's listeners: one, or none.
  ListenSettings listening;             ///< Of those that stay, too.
  /// Where its log goes; null: where that of the generation before goes. Of one that has given way,
  /// where its own log went.
  std::shared_ptr<Log> log;

  std::uint32_t number() const noexcept { return settings->generation; }
};

/// A new configuration as it was read, checked, with everything bound and opened.
struct NextGeneration {
  Generation generation;
  std::string changed;  ///< The names of the options whose values differ.
};

/// Reads the configuration again and makes generation `number` of it, which shares with `now` what
/// stays. \return what is wrong with it and what to do: then nothing is changed.
using MakeNext = std::function<std::variant<NextGeneration, std::string>(const Generation& now,
                                                                         std::uint32_t number)>;

}  // namespace brood
