#pragma once

namespace brood {

/// One thread's part in places at a server that several threads hand out together: `max=` holds for
/// all of them.
class SharedPlaces {
 public:
  /// Whether take() would succeed now, as far as can be told.
  virtual bool has_place() const = 0;
  /// \return false: somebody else has taken the last one.
  virtual bool take() = 0;
  virtual void give_back() = 0;
  /// Somebody waits here: this thread has its turn when a place is given back, after those that
  /// have asked before. Asking again changes nothing.
  virtual void want() = 0;

 protected:
  ~SharedPlaces() = default;
};

}  // namespace brood
