#pragma once

#include <cstdint>
#include <string>

#include "base/address_set.hpp"
#include "base/clock.hpp"
#include "control/access_format.hpp"
#include "http/limits.hpp"
#include "serve/pool/watchdog.hpp"

namespace brood {

/// How a worker serves; the options of the same names.
struct WorkerSettings {
  SessionLimits http;
  Duration keep_alive_timeout = std::chrono::seconds{5};  ///< 0: close after each answer.
  Duration keep_alive_drain = std::chrono::milliseconds{200};  ///< The same of one that leaves.
  Duration header_timeout = std::chrono::seconds{10};
  Duration body_timeout = std::chrono::seconds{30};   ///< For the next piece of a body.
  Duration write_timeout = std::chrono::seconds{30};  ///< For the client to take the next piece.
  std::uint64_t min_rate =
      128;  ///< Bytes a second that a client must move at least; see StallBudget.
  std::string health_path = "/healthcheck";  ///< Empty: no such path.
  AddressSet trusted_proxies;                ///< Their connections begin with a PROXY header.
  AddressSet trusted_forwarders;             ///< See find_forwarded_client().
  bool epoll_exclusive = true;
  std::uint32_t connections_per_worker = 1;  ///< At once; the blocking worker knows only 1.
  std::uint32_t threads = UINT32_MAX;        ///< That serve at once, of a thread-pool.
  std::string access_log;                    ///< A path, "stderr" or "syslog"; empty: none.
  AccessFormat access_format;
  WatchdogLimits watchdog;  ///< Of a worker's own children.
};

}  // namespace brood
