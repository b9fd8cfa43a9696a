// The course's own test: files of random bytes, fetched many times through the balancer from
// several `brood serve`, byte for byte, the requests sent in many pieces, servers killed and
// revived between and during.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

#include "support/balancer.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(balance_files)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr std::size_t file_count = 8;

struct Site {
  Site() {
    std::uint32_t seed = 4711;
    for (std::size_t at = 0; at < file_count; ++at) {
      std::string bytes(1 + at * at * 40'000, '\0');
      for (char& byte : bytes) {
        seed = seed * 1664525 + 1013904223;
        byte = static_cast<char>(seed >> 24);
      }
      std::ofstream(folder / ("f" + std::to_string(at)).c_str(), std::ios::binary) << bytes;
      files.push_back(std::move(bytes));
    }
  }

  Launch server(std::uint16_t port) const {
    return {
        .binary = BROOD_BINARY,
        .options = {"--listen", "127.0.0.1:" + std::to_string(port), "--handler", "files", "--root",
                    folder / ".", "--start-workers", "2", "--min-spare", "1", "--max-spare", "4"}};
  }

  TemporaryFolder folder;
  std::vector<std::string> files;
};

/// The request in pieces of a few bytes; nothing of the answer is read before all is sent.
Reply fetch(std::uint16_t port, std::size_t file) {
  Client client = Client::tcp(port);
  const std::string request =
      "GET /f" + std::to_string(file) + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  for (std::size_t at = 0; at < request.size(); at += 5) client.send(request.substr(at, 5));
  return client.read_reply();
}

/// \return how many answers were not the file.
std::size_t fetch_all(const Site& site, std::uint16_t port, int rounds) {
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t file = 0; file < file_count; ++file)
    threads.emplace_back([&, file] {
      for (int round = 0; round < rounds; ++round) {
        const Reply reply = fetch(port, file);
        if (reply.status != 200 || reply.body != site.files[file]) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

}  // namespace

BOOST_AUTO_TEST_CASE(eight_files_come_through_byte_for_byte) {
  const Site site;
  std::vector<std::unique_ptr<Server>> servers;
  std::vector<std::uint16_t> ports;
  Launch balancer_launch{.binary = BROOD_BINARY,
                         .options = {"--compat", "cse130", "-X", "100ms", "-R", "7"},
                         .command = "balance"};
  for (int count = 0; count < 3; ++count) {
    servers.push_back(std::make_unique<Server>(site.server(0)));
    ports.push_back(servers.back()->port());
    balancer_launch.options.insert(balancer_launch.options.end(),
                                   {"--server", "127.0.0.1:" + std::to_string(ports.back())});
  }
  Server balancer(balancer_launch);
  BOOST_TEST(fetch_all(site, balancer.port(), 5) == 0U);

  // Killed between: nobody notices.
  servers[0].reset();
  BOOST_TEST(fetch_all(site, balancer.port(), 5) == 0U);

  // All but one dead; the dead ones revived: all is well again.
  servers[1].reset();
  BOOST_TEST(fetch_all(site, balancer.port(), 3) == 0U);
  servers[0] = std::make_unique<Server>(site.server(ports[0]));
  servers[1] = std::make_unique<Server>(site.server(ports[1]));
  BOOST_TEST(fetch_all(site, balancer.port(), 5) == 0U);

  // Killed during: those in hand may be cut, and nobody waits for ever; then all is well again.
  std::thread clients([&] { fetch_all(site, balancer.port(), 10); });
  servers[2].reset();
  clients.join();
  BOOST_TEST(fetch_all(site, balancer.port(), 5) == 0U);
  BOOST_TEST(balancer.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
