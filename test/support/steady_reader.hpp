#pragma once

#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstddef>
#include <thread>

namespace brood::test {

/// Reads a kilobyte now and then, for five seconds, and then all the rest: nothing may be missing
/// of an answer whose body has this size.
inline void check_steady_reading(int fd, std::size_t body_size) {
  std::array<char, 64 * 1024> bytes;
  std::size_t received = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (std::chrono::steady_clock::now() < end) {
    const ssize_t size = ::recv(fd, bytes.data(), 1024, 0);
    BOOST_TEST_REQUIRE(size > 0);
    received += static_cast<std::size_t>(size);
    std::this_thread::sleep_for(std::chrono::milliseconds{50});  // It is the pace that is the test.
  }
  while (received < body_size) {
    const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), 0);
    BOOST_TEST_REQUIRE(size > 0);
    received += static_cast<std::size_t>(size);
  }
}

}  // namespace brood::test
