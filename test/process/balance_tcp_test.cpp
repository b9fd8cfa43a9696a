// Mode tcp: whatever two programs say to each other passes unchanged, ends and resets included.
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

#include "support/balancer.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(balance_tcp)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

/// Every byte value, in an order that no protocol has.
std::string noise(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  return bytes;
}

Launch tcp(const std::vector<const Backend*>& backends, std::vector<std::string> options = {}) {
  options.insert(options.begin(), {"--mode", "tcp", "--health-format", "entries"});
  return balancer(backends, options);
}

}  // namespace

BOOST_AUTO_TEST_CASE(bytes_pass_both_ways_unchanged_and_half_close_is_carried_over) {
  // Answers only when the client's end has come through.
  Backend reverser([](Visit& visit) {
    std::string bytes = visit.read_to_end();
    std::ranges::reverse(bytes);
    visit.send(bytes);
  });
  const Server balancer(tcp({&reverser}));
  for (const std::size_t size : {0UL, 1UL, 65536UL, 65537UL, 3'000'000UL}) {
    std::string bytes = noise(size, static_cast<std::uint32_t>(size));
    const std::string answer = ask(balancer.port(), bytes);
    std::ranges::reverse(bytes);
    BOOST_TEST((answer == bytes), size << " bytes");
  }
}

// A turn ends within the stream, and nothing comes behind it that would begin the next.
BOOST_AUTO_TEST_CASE(what_a_turn_has_left_goes_out_by_itself) {
  constexpr std::size_t sizes[] = {1 << 20, (1 << 20) + 1, (1 << 20) + 200'000, 3 << 20};
  for (const std::size_t size : sizes) {
    BOOST_TEST_INFO_SCOPE(size << " bytes");
    Backend counter([&](Visit& visit) {
      if (visit.read(size).size() == size) visit.send(ok_reply("all"));
      visit.hold();
    });
    const Server balancer(tcp({&counter}));
    for (int round = 0; round < 3; ++round) {
      Client client = Client::tcp(balancer.port());
      client.send(noise(size, 3));
      BOOST_TEST(client.read_reply().body == "all");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_server_may_end_first) {
  Backend early([](Visit& visit) {
    visit.begins_with("x");
    visit.send("bye");
    visit.half_close();
    visit.read_to_end();
  });
  const Server balancer(tcp({&early}, {"--access-log", "stderr"}));
  Client client = Client::tcp(balancer.port());
  client.send("x");
  BOOST_TEST(client.read_to_end().first == "bye");
  // Its own direction is still open.
  BOOST_TEST(client.send(noise(100'000, 1)));
  client.half_close();
  const LogLine line = balancer.wait_for("access");
  BOOST_TEST(text_of(line, "end") == "done");
  BOOST_TEST(number_of(line, "bytes_in") == 100'001);
  BOOST_TEST(number_of(line, "bytes_out") == 3);
}

BOOST_AUTO_TEST_CASE(a_reset_by_the_server_is_a_reset_for_the_client) {
  Backend rude([](Visit& visit) {
    visit.begins_with("x");
    visit.send("half");
    // The client has it before the reset takes what is on its way.
    visit.begins_with("xy");
    visit.reset();
  });
  const Server balancer(tcp({&rude}));
  Client client = Client::tcp(balancer.port());
  client.send("x");
  std::array<char, 4> bytes{};
  BOOST_TEST(::recv(client.fd(), bytes.data(), bytes.size(), MSG_WAITALL) == 4);
  client.send("y");
  BOOST_TEST(::recv(client.fd(), bytes.data(), bytes.size(), 0) == -1);
  BOOST_TEST(errno == ECONNRESET);
}

BOOST_AUTO_TEST_CASE(a_client_that_reads_slowly_gets_all_and_costs_no_memory) {
  constexpr std::size_t size = 64UL << 20;
  const std::string piece = noise(1 << 20, 7);
  Backend generous([&](Visit& visit) {
    visit.begins_with("x");
    for (std::size_t sent = 0; sent < size; sent += piece.size()) visit.send(piece);
  });
  const Server balancer(tcp({&generous}));
  Client client = Client::tcp(balancer.port());
  client.send("x");
  client.half_close();
  const std::int64_t before = memory_kib(balancer.pid(), "VmRSS:");
  // Nothing is read: what is on the way is bounded by the kernel's buffers and one of ours.
  BOOST_TEST(eventually([&] { return generous.visits() == 1; }));
  std::size_t received = 0;
  std::vector<char> bytes(1 << 20);
  ssize_t got = 0;
  while ((got = ::recv(client.fd(), bytes.data(), bytes.size(), 0)) > 0)
    received += static_cast<std::size_t>(got);
  BOOST_TEST(received == size);
  BOOST_TEST(memory_kib(balancer.pid(), "VmRSS:") - before < 4096);
}

BOOST_AUTO_TEST_CASE(nobody_to_connect_to_closes_the_client) {
  Backend backend;
  const Server balancer(tcp({&backend}));
  backend.stop();
  BOOST_TEST(ask(balancer.port(), "x").empty());
}

BOOST_AUTO_TEST_CASE(who_refuses_is_passed_over_for_the_next) {
  Backend one, two;
  const Server balancer(tcp({&one, &two}, {"-X", "1h", "--strategy", "round-robin"}));
  one.stop();
  for (int count = 0; count < 10; ++count)
    BOOST_TEST(answered_by(balancer.port()) == port_text(two));
}

BOOST_AUTO_TEST_CASE(a_full_queue_turns_away_and_a_late_place_too) {
  Backend holder([](Visit& visit) { visit.hold(); });
  const Server balancer(tcp({&holder}, {"-N", "1", "--max-queue", "1", "--queue-timeout", "300ms",
                                        "--access-log", "stderr"}));
  Client served = Client::tcp(balancer.port());
  served.send("x");
  BOOST_TEST(eventually([&] { return holder.visits() == 1; }));
  Client queued = Client::tcp(balancer.port());
  Client turned_away = Client::tcp(balancer.port());
  BOOST_TEST(turned_away.is_closed_by_server());
  BOOST_TEST(queued.is_closed_by_server());
  BOOST_TEST(text_of(balancer.wait_for([](const LogLine& line) {
               return is_event(line, "access") && text_of(line, "end") == "the queue is full";
             }),
                     "server") == "none");
  balancer.wait_for([](const LogLine& line) {
    return is_event(line, "access") && text_of(line, "end") == "queue-timeout";
  });
  BOOST_TEST(holder.visits() == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_may_be_told_of_the_client_in_a_proxy_header) {
  // A probe has a header as well, and no end.
  const auto balancer_of = [](const Backend& backend, const char* version) {
    return balancer({&backend},
                    {"--mode", "tcp", "--health-format", "off", "--send-proxy", version});
  };
  Backend echo([](Visit& visit) { visit.send(visit.read_to_end()); });
  const struct {
    const char* version;
    std::string_view begin;
    std::size_t size;  ///< Of the header; 0: up to the end of its line.
  } rows[] = {
      {"v1", "PROXY TCP4 127.0.0.1 127.0.0.1 ", 0},
      {"v2", std::string_view("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\1", 20), 28},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.version) {
      const Server balancer(balancer_of(echo, row.version));
      const std::string got = ask(balancer.port(), "said");
      BOOST_TEST(got.starts_with(row.begin));
      const std::size_t size = row.size > 0 ? row.size : got.find("\r\n") + 2;
      BOOST_TEST(got.substr(size) == "said");
      if (row.size == 0)
        BOOST_TEST(got.find(' ' + std::to_string(balancer.port()) + "\r\n") == size - 8);
    }
}

BOOST_AUTO_TEST_CASE(a_client_stays_with_its_server_by_the_hash_of_its_address) {
  Backend one, two, three;
  const Server balancer(tcp({&one, &two, &three}, {"--strategy", "hash", "--hash-key", "client",
                                                   "--trusted-proxies", "127.0.0.0/8"}));
  const auto server_of = [&](int client) {
    const std::string address = "192.0.2." + std::to_string(client);
    const std::string reply =
        ask(balancer.port(), "PROXY TCP4 " + address + " 192.0.2.1 4711 80\r\n" + get_request("/"));
    return reply.substr(reply.find("\r\n\r\n") + 4);
  };
  std::set<std::string> used;
  for (int client = 2; client < 22; ++client) {
    const std::string first = server_of(client);
    used.insert(first);
    BOOST_TEST(server_of(client) == first);
  }
  BOOST_TEST(used.size() == 3U);
}

BOOST_AUTO_TEST_CASE(out_of_descriptors_a_client_waits_for_its_connection) {
  Backend holder([](Visit& visit) {
    visit.begins_with("x");
    visit.send("y");
    visit.hold();
  });
  Launch launch = tcp({&holder}, {"-X", "1h"});
  launch.limits = {{RLIMIT_NOFILE, 50}};
  const Server balancer(launch);
  std::vector<Client> crowd;  // Each needs two, and most of them get none at first.
  for (int count = 0; count < 30; ++count) {
    crowd.push_back(Client::tcp(balancer.port()));
    crowd.back().send("x");
  }
  int cut = 0;
  BOOST_TEST(eventually([&] {
    std::erase_if(crowd, [&](Client& client) {
      char byte = 0;
      const ssize_t size = ::recv(client.fd(), &byte, 1, MSG_DONTWAIT);
      cut += size == 0 || (size < 0 && errno != EAGAIN);
      return size >= 0 || errno != EAGAIN;
    });
    return crowd.empty();
  }));
  BOOST_TEST(cut == 0);
}

BOOST_AUTO_TEST_CASE(several_threads_share_the_clients) {
  Backend backend;
  const Server balancer(tcp({&backend}, {"--threads", "3"}));
  for (int count = 0; count < 60; ++count)
    BOOST_TEST(answered_by(balancer.port()) == port_text(backend));
  BOOST_TEST(backend.visits() == 60U);
}

BOOST_AUTO_TEST_SUITE_END()
