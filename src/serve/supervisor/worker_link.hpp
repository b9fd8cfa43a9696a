#pragma once

#include <array>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>

#include <brood/unique_fd.hpp>
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

  /// Waits for bytes, once: gives one `on_frame` for each frame that has come, in order, or the
  /// `on_end`; neither after close(). Then it is up to the caller when it listens again, so that a
  /// worker which writes without pause cannot keep the supervisor busy. No effect while it listens.
  void listen();
  /// Listens until the end: the worker is gone, and what it left is finite.
  void read_to_end();

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
  bool listens_ = false;    // Or will, when the frames in hand have been given.
  bool hands_out_ = false;  // Frames out of `bytes_`, which must stay as they are until then.
  bool to_end_ = false;
  std::array<std::uint8_t, 1024> bytes_;  // 32 frames a wake-up; the rest waits in the kernel.
};

}  // namespace brood
