#pragma once

#include <brood/request.hpp>

namespace brood {

/// The two ends of a connected socket, asked of the kernel each time.
class SocketEnds final : public ConnectionEnds {
 public:
  explicit SocketEnds(int fd = -1) noexcept : fd_(fd) {}

  Peer client() const override;
  Peer server() const override;

 private:
  int fd_;
};

}  // namespace brood
