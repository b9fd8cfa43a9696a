#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <brood/unique_fd.hpp>
#include "http/client_session.hpp"
#include "lab/load/load_result.hpp"
#include "os/socket_address.hpp"

namespace brood {

/// What all clients of a load ask, and whom.
struct LoadRequest {
  SocketAddress target;
  std::string host;
  std::string path;
  bool keep_alive = true;
};

/// One client: a socket and the session behind it, one request at a time. Never waits; whoever
/// drives it knows the time.
class LoadClient {
 public:
  enum class Progress : std::uint8_t { waiting, answered, failed };

  /// How many bytes it moves each time that it is driven: few, if it is a slow client.
  struct Pace {
    std::size_t send_max = ~std::size_t{0};
    std::size_t receive_max = ~std::size_t{0};
  };

  /// \param request outlives the client.
  LoadClient(const LoadRequest& request, Pace pace) : request_(&request), pace_(pace) {}

  /// Begins a request, on the kept connection if there is one.
  /// \pre none is in flight.
  Progress begin();
  /// Goes on, as far as it goes without waiting.
  Progress advance();
  /// Gives a request in flight up, and the connection with it: it has timed out.
  void abandon() noexcept;
  /// At rest and to stay so: lets the session's memory go, and keeps the connection.
  void retire() noexcept { session_.reset(); }

  /// The descriptor is a new one since this was last asked.
  bool take_is_new() noexcept { return std::exchange(is_new_, false); }
  int fd() const noexcept { return fd_.get(); }
  /// After retire(): whether the server has kept the connection, too.
  bool is_held() const noexcept;
  /// After `failed`.
  LoadFailure failure() const noexcept { return failure_; }
  /// Of the answer so far.
  std::uint64_t body_bytes() const noexcept { return body_bytes_; }

 private:
  Progress open_and_ask();
  Progress ask();
  /// \return false: would wait, or has failed, which `progress` tells.
  bool send_some(Progress& progress);
  bool receive_some(std::size_t& size_left, Progress& progress);
  Progress finish();
  Progress lose(LoadFailure failure);

  const LoadRequest* request_;
  Pace pace_;
  UniqueFd fd_;
  std::unique_ptr<ClientSession> session_;
  std::uint64_t body_bytes_ = 0;
  LoadFailure failure_ = LoadFailure::connect;
  bool is_new_ = false;
  bool is_at_end_ = false;  // Of this connection.
  bool is_kept_ = false;    // This request is not the first of its connection.
};

}  // namespace brood
