#pragma once

#include <cstdint>
#include <string>

#include "balance/forwarding/http_settings.hpp"
#include "balance/routing/dispatcher.hpp"
#include "balance/routing/retry.hpp"
#include "balance/routing/strategy.hpp"
#include "base/clock.hpp"

namespace brood {

/// What a forwarding thread is told once.
struct ForwardSettings {
  enum class Mode : std::uint8_t { http, tcp };
  /// The header of the PROXY protocol that goes before the first byte to a server.
  enum class SendProxy : std::uint8_t { no, v1, v2 };

  std::uint32_t thread = 0;  ///< Its number.
  Mode mode = Mode::http;
  /// As the course's balancer: a client for whom nobody can be reached, or whose server is silent,
  /// gets a bare 500.
  bool is_course = false;
  RoutingSettings routing;
  Dispatcher::Limits limits;  ///< Of this thread: its share of -N and of --max-queue.
  Duration queue_timeout{std::chrono::seconds{5}};    ///< 0: no limit.
  Duration connect_timeout{std::chrono::seconds{1}};  ///< Never 0.
  Duration server_timeout{std::chrono::seconds{30}};  ///< Between two pieces from a server.
  Duration client_timeout{std::chrono::seconds{30}};  ///< Until a client takes or sends the next.
  std::uint32_t retries_max = 2;                      ///< Of one request, by mode http.
  double retry_share = 0.2;                     ///< Of the requests of late that may be retries.
  double retry_floor = retry_floor_per_second;  ///< Retries a second of this thread, always.
  SendProxy send_proxy = SendProxy::no;
  bool has_access_log = false;
  HttpSettings http;
};

}  // namespace brood
