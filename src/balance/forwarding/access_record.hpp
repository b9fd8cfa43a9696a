#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "balance/routing/server.hpp"
#include "base/clock.hpp"

namespace brood {

/// One line of the access log: a request, or a connection in tcp mode.
struct AccessRecord {
  std::string client;             ///< "127.0.0.1:40112".
  std::string request;            ///< Its first line, as sent; empty in tcp mode.
  int status = 0;                 ///< Of the answer, as far as it was begun; 0: none.
  ServerId server = no_server;    ///< The last one that was tried.
  std::uint32_t retries = 0;      ///< Servers or connections tried before.
  std::string_view retry_reason;  ///< Static words, of the last retry; empty without one.
  std::string_view end = "done";  ///< Static words: how it ended.
  Duration queued{-1};            ///< Until it had a place. Each is -1 if it never came so far.
  Duration connected{-1};         ///< From there until connected; 0 on a kept connection.
  Duration first_byte{-1};        ///< From there until the server's first byte.
  Duration total{0};
  std::uint64_t bytes_in = 0;   ///< From the client.
  std::uint64_t bytes_out = 0;  ///< To the client.
};

}  // namespace brood
