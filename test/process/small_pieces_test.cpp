// Bytes in the smallest pieces that a client can make of them: what it says costs a worker no more
// system calls than a body in one piece, and those beside it are served meanwhile.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(small_pieces)

namespace {

using namespace brood::test;

/// A body of `size` times 'b', each in a chunk of its own.
std::string in_chunks_of_one(std::size_t size) {
  std::string chunks;
  for (std::size_t at = 0; at < size; ++at) chunks += "1\r\nb\r\n";
  return "PUT /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks +
         "0\r\n\r\n";
}

/// How often the server's workers have called write(2) and its like.
std::uint64_t write_calls(const Server& server) {
  std::uint64_t sum = 0;
  for (const pid_t worker : server.workers()) {
    std::ifstream file("/proc/" + std::to_string(worker) + "/io");
    std::string name;
    std::uint64_t value = 0;
    while (file >> name >> value)
      if (name == "syscw:") sum += value;
  }
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(chunks_of_one_byte_are_gathered_before_they_are_written) {
  constexpr std::size_t size = 1'000'000;
  const std::string request = in_chunks_of_one(size);
  const std::string want = std::to_string(size) + " " + std::to_string(size * 'b') + " file\n";
  for (const char* const model : {"prefork", "prefork-epoll", "evented", "thread-pool"})
    BOOST_TEST_CONTEXT(model) {
      Server server(
          {.binary = BROOD_FAULTY_BINARY, .options = {"--handler", "fault", "--model", model}});
      const std::uint64_t before = write_calls(server);
      BOOST_TEST(Client::tcp(server.port()).exchange(request).body == want);
      BOOST_TEST(write_calls(server) - before < size / 1000);
    }
}

BOOST_AUTO_TEST_SUITE_END()
