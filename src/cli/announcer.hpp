#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "control/service_news.hpp"
#include "os/service_manager.hpp"

namespace brood {

/// Tells the service manager, if there is one, how the server is: it looks five times a second.
class Announcer {
 public:
  using Look = std::function<ServiceNews::Now()>;

  /// \param look called in the thread of `context`, while this lives.
  Announcer(boost::asio::io_context& context, ServiceManager manager, Look look);
  /// The server has stopped.
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

 private:
  void await();
  void tell();

  boost::asio::steady_timer timer_;
  ServiceManager manager_;
  Look look_;
  ServiceNews news_;
  TimePoint due_{};
};

}  // namespace brood
