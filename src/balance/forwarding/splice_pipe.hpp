#pragma once

#include <sys/types.h>

#include <brood/unique_fd.hpp>
#include <cstddef>

namespace brood {

/// A pipe through which bytes go from one socket to another without being copied (splice(2)). Pays
/// for long streams: a MiB costs half of what copying costs.
class SplicePipe {
 public:
  /// \return whether there are descriptors for it.
  bool open() noexcept;
  bool is_open() const noexcept { return bool{reader_}; }
  std::size_t held() const noexcept { return held_; }

  /// As recv(2). \pre It is empty: EAGAIN then is the source's.
  ssize_t take_from(int source) noexcept;
  /// As send(2).
  ssize_t give_to(int sink) noexcept;

 private:
  UniqueFd reader_;
  UniqueFd writer_;
  std::size_t held_ = 0;
};

}  // namespace brood
