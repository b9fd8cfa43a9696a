#pragma once

namespace brood {

/// One thread's part in the permits of a server that several threads hand out together: `max=`
/// holds for all of them.
class SharedPermits {
 public:
  /// Whether take() would succeed now, as far as can be told.
  virtual bool may_take() const = 0;
  /// \return false: somebody else has taken the last one.
  virtual bool take() = 0;
  virtual void give_back() = 0;
  /// Somebody waits here: this thread has its turn when a permit is given back, after those that
  /// have asked before. Asking again changes nothing.
  virtual void want() = 0;

 protected:
  ~SharedPermits() = default;
};

}  // namespace brood
