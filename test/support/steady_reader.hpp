#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

namespace brood::test {

/// Reads a kilobyte now and then, for five seconds. What the kernels hold hides for longer that a
/// sender has given up: ask it.
inline void read_steadily(int fd) {
  std::array<char, 1024> bytes;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (std::chrono::steady_clock::now() < end) {
    BOOST_TEST_REQUIRE(::recv(fd, bytes.data(), bytes.size(), 0) > 0);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});  // It is the pace that is the test.
  }
}

}  // namespace brood::test
