#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "serve/pool/roll.hpp"
#include "serve/supervisor/spawning.hpp"

namespace brood {

/// From SIGHUP to a pool that serves by another generation of the configuration, or to the old one
/// again. What comes next is asked of the Roll; this carries it out.
class Reloading {
 public:
  Reloading(Supervision& all, Spawning& spawning, MakeNext reload)
      : all_(all), spawning_(spawning), reload_(std::move(reload)) {}

  /// Reads the configuration again. Waits for a roll that is under way.
  void begin();
  /// A worker has become ready or has ended: goes as far as it can be gone now.
  void go_on();
  /// Once a second.
  void tick();
  /// Whether a roll ends by the end of this worker, so that nobody else need care.
  bool ends_by(const Slot& worker, const Death& death);

 private:
  std::variant<NextGeneration, std::string> read_anew() const;
  void roll_to(NextGeneration reloaded);
  /// The one whose workers are to serve in the end.
  const Generation& target() const noexcept;
  bool is_in_force() const noexcept;
  bool start(std::uint32_t slot);
  void tell(std::uint32_t slot);
  void change_over();
  void fail(const std::string& why);
  void finish();
  void begin_again();
  void tell_the_rest();
  void end_outdated();
  void close_the_roll();
  std::uint32_t old_ones() const noexcept;
  void tell_of_listeners(std::string_view name, const ListenerSet& those,
                         const ListenerSet& others);
  void log(Level level, std::string outcome, const std::string& reason);

  Supervision& all_;
  Spawning& spawning_;
  MakeNext reload_;
  std::optional<Roll> roll_;
  std::uint32_t last_number_ = 1;
  bool goes_back_ = false;  ///< The roll is one back to the generation before.
  bool again_ = false;
  TimePoint begun_;
};

}  // namespace brood
