#pragma once

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>

#include "base/unique_fd.hpp"
#include "wire/frame.hpp"

namespace brood {

/// How a channel came to its end.
enum class ChannelEnd : std::uint8_t {
  closed,   ///< End of file between two frames: as it should be.
  torn,     ///< End of file inside a frame.
  corrupt,  ///< Bytes that are no frame.
  failed,   ///< The kernel reported an error.
};

/// The supervisor's end of one channel: moves bytes and decides nothing.
class WorkerLink : public std::enable_shared_from_this<WorkerLink> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;
  using OnFrame = std::function<void(const Frame&)>;
  using OnEnd = std::function<void(ChannelEnd)>;

  WorkerLink(Socket socket, OnFrame on_frame, OnEnd on_end);

  /// One `on_frame` for each frame, in order, then one `on_end`; neither after close().
  void start();

  /// Sends a command if the worker's end takes it now; a worker that has let so many of them pile
  /// up does not read, and needs other means.
  void send(FrameKind command) noexcept;

  void close() noexcept;

 private:
  void read();
  void take(std::size_t size);
  void end(ChannelEnd how);

  Socket socket_;
  OnFrame on_frame_;
  OnEnd on_end_;
  FrameDecoder decoder_;
  std::array<std::uint8_t, 1024> bytes_;  // 32 frames a wake-up; the rest waits in the kernel.
};

}  // namespace brood
