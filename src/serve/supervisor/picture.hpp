#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "serve/supervisor/regulation.hpp"
#include "serve/supervisor/reloading.hpp"
#include "serve/supervisor/replacing.hpp"

namespace brood {

/// Keeps the picture of the pool true: frames as bells, pages as the truth.
///
/// At rest, the next change rings (a frame) and wakes it; awake, it looks at all pages every few
/// milliseconds, and workers send nothing. It goes back to rest when nothing has moved for a while:
/// it asks for frames and looks once more, so that no change is missed in between.
class Picture {
 public:
  Picture(boost::asio::io_context& context, Supervision& all, Spawning& spawning,
          Regulation& regulation, Replacing& replacing, Reloading& reloading);

  void on_frame(std::uint32_t slot, const Frame& frame);

  /// Reads all pages. \return whether anything has changed.
  bool look_at_all();
  void look_at(std::uint32_t slot) { read_page(slot); }
  /// Once a second. \param may_have_missed its own next look, too.
  void tick(bool may_have_missed);

 private:
  void on_status(std::uint32_t slot, const Frame& frame);
  void on_note(std::uint32_t slot, const Frame& frame);
  void wake();
  void look();
  void look_soon();
  void listen_in_turn();
  void rest();
  bool read_page(std::uint32_t slot);
  void became_ready(std::uint32_t slot);
  void await_finish();

  Supervision& all_;
  Spawning& spawning_;
  Regulation& regulation_;
  Replacing& replacing_;
  Reloading& reloading_;
  boost::asio::steady_timer look_timer_;
  boost::asio::steady_timer finish_timer_;
  int quiet_looks_ = 0;
  std::uint32_t turn_ = 0;  ///< Which channels are read at the next look.
  std::uint32_t notes_this_second_ = 0;
};

}  // namespace brood
