#pragma once

#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "base/clock.hpp"

namespace brood {

/// Calls `act` after `wait`, unless the timer is set anew or cancelled before. What `act` throws
/// reaches Supervisor::run(), which survives it.
template <class Act>
void call_after(boost::asio::steady_timer& timer, Duration wait, Act act) {
  timer.expires_after(wait);
  timer.async_wait([act = std::move(act)](const boost::system::error_code& error) {
    if (!error) act();
  });
}

}  // namespace brood
