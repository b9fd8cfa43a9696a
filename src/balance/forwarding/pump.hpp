#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "balance/forwarding/splice_pipe.hpp"

namespace brood {

/// One direction of a bridge: takes bytes from a socket that never waits and puts them into
/// another, unchanged, and hands on the end. What the sink does not take is kept, and nothing more
/// is taken until it has gone: a slow sink slows the source down.
class Pump {
 public:
  enum class Step : std::uint8_t {
    awaits_source,
    awaits_sink,
    has_more,  ///< It has moved a good deal, others are to have their turn.
    finished,  ///< The source has ended, all of it has been sent, the sink was told.
    source_failed,
    sink_failed,  ///< Said once: what there is for it has nowhere to go, so this is the end.
  };

  /// What goes before the bytes of the source. \pre Nothing has been moved.
  void put_first(std::string_view bytes) { kept_ = bytes; }
  /// The source has told of its end: there is one more thing to read.
  void expect_end() noexcept { expects_end_ = true; }

  /// Goes on as far as it goes without waiting. \param scratch Where to receive.
  Step run(int source, int sink, std::span<char> scratch);

  std::uint64_t moved() const noexcept { return moved_; }  ///< Bytes that the sink has taken.
  bool holds_bytes() const noexcept { return !kept_.empty() || pipe_.held() > 0; }
  bool is_finished() const noexcept { return is_finished_; }

 private:
  bool is_worth_a_pipe();
  std::optional<Step> copy(int source, int sink, std::span<char> scratch);
  std::optional<Step> splice(int source, int sink);
  Step end(int sink) noexcept;

  enum class Sent : std::uint8_t { all, some, failed };
  Sent send(int sink, std::string_view bytes);
  Sent send_kept(int sink);
  Step sink_failed() noexcept;

  std::string kept_;  ///< Taken and not yet sent.
  SplicePipe pipe_;   ///< Open from the moment on in which it is a long stream.
  bool may_splice_ = true;
  std::uint64_t moved_ = 0;
  bool expects_end_ = false;
  bool is_at_end_ = false;
  bool is_finished_ = false;
};

}  // namespace brood
