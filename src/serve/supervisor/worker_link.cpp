#include "serve/supervisor/worker_link.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <span>
#include <utility>

#include "os/channel.hpp"

namespace brood {

WorkerLink::WorkerLink(Socket socket, OnFrame on_frame, OnEnd on_end)
    : socket_(std::move(socket)), on_frame_(std::move(on_frame)), on_end_(std::move(on_end)) {}

void WorkerLink::send(FrameKind command) noexcept {
  const StatusFrameBytes bytes = encode_status(command);
  send_whole(socket_.native_handle(), bytes);  // A lost worker is learnt of by its end of file.
}

void WorkerLink::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void WorkerLink::listen() {
  if (!std::exchange(listens_, true) && !hands_out_) read();
}

void WorkerLink::read() {
  socket_.async_read_some(
      boost::asio::buffer(bytes_),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        self->listens_ = false;
        if (!self->socket_.is_open()) return;
        if (!error) return self->take(size);
        // A worker that ends with a command unread resets its channel: an end of file as well.
        const bool ended = error == boost::asio::error::eof ||
                           error == boost::asio::error::connection_reset ||
                           error == boost::asio::error::broken_pipe;
        if (!ended) return self->end(ChannelEnd::failed);
        self->end(self->decoder_.at_boundary() ? ChannelEnd::closed : ChannelEnd::torn);
      });
}

void WorkerLink::read_to_end() {
  to_end_ = true;
  listen();
}

void WorkerLink::take(std::size_t size) {
  std::span<const std::uint8_t> input(bytes_.data(), size);
  Frame frame;
  hands_out_ = true;
  auto step = decoder_.resume(input, frame);
  for (; step == FrameDecoder::Step::frame; step = decoder_.resume(input, frame)) {
    on_frame_(frame);
    if (!socket_.is_open()) return;
  }
  hands_out_ = false;
  if (step == FrameDecoder::Step::corrupt) return end(ChannelEnd::corrupt);
  listens_ = listens_ || to_end_;
  if (listens_) read();
}

void WorkerLink::end(ChannelEnd how) {
  on_end_(how);  // First: a worker whose channel is closed leaves, and may be to be killed.
  close();
}

}  // namespace brood
