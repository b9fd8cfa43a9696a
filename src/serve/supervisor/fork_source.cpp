#include "serve/supervisor/fork_source.hpp"

#include <array>
#include <utility>

#include "os/channel.hpp"
#include "wire/exit_status.hpp"
#include "wire/frame.hpp"

namespace brood {

ForkSource::ForkSource(boost::asio::io_context& context, Processes& processes,
                       ScoreboardMemory& scoreboard, const DescriptorLimit& limit, WorkerLife life)
    : context_(context),
      processes_(processes),
      scoreboard_(scoreboard),
      limit_(limit),
      life_(std::move(life)) {}

Result<pid_t> ForkSource::start(const WorkerSpec& spec, std::span<const int> descriptors) {
  using Context = boost::asio::execution_context;
  context_.notify_fork(Context::fork_prepare);
  const Result<pid_t> pid =
      processes_.fork({.kept_fds = descriptors, .body = [this, &spec] { return live(spec); }});
  context_.notify_fork(Context::fork_parent);  // Also when the fork has failed.
  return pid;
}

/// In the child. One that could write to its siblings' pages is no worker.
int ForkSource::live(const WorkerSpec& spec) const {
  set_descriptor_limit(limit_);
  if (scoreboard_.restrict_to(spec.slot)) return life_({spec, scoreboard_.view()});
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  const std::size_t size = encode_note(
      "cannot make the scoreboard read-only: " + failure_from_errno("mmap").text(), bytes);
  send_whole(spec.channel_fd, std::span(bytes).first(size));
  return exit_os_error;
}

}  // namespace brood
