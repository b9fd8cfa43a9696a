#include "balance/forwarding/pump.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace brood {
namespace {

/// What is moved before others have their turn.
constexpr std::uint64_t turn_bytes = 1 << 20;

/// Who has moved so much is a long stream.
constexpr std::uint64_t splice_from = 128 * 1024;

}  // namespace

Pump::Step Pump::run(int source, int sink, std::span<char> scratch) {
  if (is_finished_) return Step::finished;
  for (const std::uint64_t begin = moved_; moved_ - begin < turn_bytes;) {
    if (const Sent sent = send_kept(sink); sent != Sent::all)
      return sent == Sent::failed ? sink_failed() : Step::awaits_sink;
    const auto step = is_worth_a_pipe() ? splice(source, sink) : copy(source, sink, scratch);
    if (step) return *step;
  }
  return Step::has_more;
}

bool Pump::is_worth_a_pipe() {
  if (pipe_.is_open()) return true;
  if (moved_ < splice_from || is_at_end_ || !may_splice_) return false;
  may_splice_ = pipe_.open();
  return may_splice_;
}

/// \return nothing: go on.
std::optional<Pump::Step> Pump::copy(int source, int sink, std::span<char> scratch) {
  if (is_at_end_) return end(sink);
  const ssize_t size = ::recv(source, scratch.data(), scratch.size(), 0);
  if (size < 0 && errno == EINTR) return std::nullopt;
  if (size < 0) return errno == EAGAIN ? Step::awaits_source : Step::source_failed;
  is_at_end_ = size == 0;
  const auto taken = static_cast<std::size_t>(size);
  if (send(sink, {scratch.data(), taken}) == Sent::failed) return sink_failed();
  // Less than there was room for: that was all, unless the end is behind it.
  if (taken < scratch.size() && !expects_end_ && !is_at_end_ && kept_.empty())
    return Step::awaits_source;
  return std::nullopt;
}

/// \return nothing: go on.
std::optional<Pump::Step> Pump::splice(int source, int sink) {
  if (pipe_.held() == 0) {
    if (is_at_end_) return end(sink);
    const ssize_t size = pipe_.take_from(source);
    if (size < 0 && errno == EINTR) return std::nullopt;
    if (size < 0) return errno == EAGAIN ? Step::awaits_source : Step::source_failed;
    is_at_end_ = size == 0;
    return std::nullopt;
  }
  const ssize_t size = pipe_.give_to(sink);
  if (size > 0) moved_ += static_cast<std::uint64_t>(size);
  if (size >= 0 || errno == EINTR) return std::nullopt;
  return errno == EAGAIN ? Step::awaits_sink : sink_failed();
}

Pump::Step Pump::end(int sink) noexcept {
  ::shutdown(sink, SHUT_WR);
  is_finished_ = true;
  return Step::finished;
}

Pump::Step Pump::sink_failed() noexcept {
  is_finished_ = true;
  return Step::sink_failed;
}

Pump::Sent Pump::send_kept(int sink) {
  if (kept_.empty()) return Sent::all;
  const std::string bytes = std::move(kept_);
  kept_.clear();
  return send(sink, bytes);
}

/// Sends what the sink takes and keeps the rest.
Pump::Sent Pump::send(int sink, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(sink, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return Sent::failed;
    if (size < 0) {
      kept_ = bytes;
      return Sent::some;
    }
    bytes.remove_prefix(static_cast<std::size_t>(size));
    moved_ += static_cast<std::uint64_t>(size);
  }
  return Sent::all;
}

}  // namespace brood
