#pragma once

#include <brood/request.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "base/address_set.hpp"
#include "base/endpoint.hpp"

namespace brood {

/// The two ends of a connected socket, asked of the kernel each time; but the client's is whom a
/// trusted proxy has introduced, once it has, or who a forwarder says has sent the request in hand.
class SocketEnds final : public ConnectionEnds {
 public:
  explicit SocketEnds(int fd = -1, std::unique_ptr<const Peer> introduced = nullptr) noexcept
      : fd_(fd), introduced_(std::move(introduced)) {}

  Peer client() const override;
  Peer server() const override;

  /// Whether the other end of the socket itself is one of these.
  bool is_client_among(const AddressSet& addresses) const noexcept;

  void introduce(Peer client) { introduced_ = std::make_unique<const Peer>(std::move(client)); }
  bool is_introduced() const noexcept { return introduced_ != nullptr; }
  /// The client without what a forwarder says: the first hop.
  Endpoint client_end() const;
  void set_forwarded(const Endpoint& client) { forwarded_ = to_peer(client); }
  void forget_forwarded() noexcept { forwarded_.reset(); }
  /// For the next one who takes up this socket.
  std::unique_ptr<const Peer> take_introduced() noexcept { return std::move(introduced_); }

 private:
  static Peer to_peer(const Endpoint& end);

  int fd_;
  std::unique_ptr<const Peer> introduced_;
  std::optional<Peer> forwarded_;
};

}  // namespace brood
