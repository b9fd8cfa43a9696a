// Servers and clients at their worst, in mode tcp and in the course's: after each of them the
// balancer serves, and its memory and descriptors are where they were.
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "os/listener.hpp"
#include "os/socket_address.hpp"
#include "support/balancer.hpp"
#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(balance_faults)

namespace {

using namespace brood;
using namespace brood::test;
using namespace std::chrono_literals;

const std::string request = "GET /fault HTTP/1.1\r\nHost: x\r\n\r\n";

struct Fault {
  const char* name;
  Backend::Script script;
};
std::ostream& operator<<(std::ostream& out, const Fault& fault) {
  return out << fault.name;
}

void trickle(Visit& visit) {
  visit.read_head();
  for (const char byte : ok_reply("slow"))
    if (!visit.send({&byte, 1})) return;
}

const Fault server_faults[] = {
    {"accepts and says nothing", [](Visit& visit) { visit.hold(); }},
    {"answers byte by byte", trickle},
    {"closes without a word", [](Visit&) {}},
    {"closes in the middle of a reply",
     [](Visit& visit) {
       visit.read_head();
       visit.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
     }},
    {"resets at once", [](Visit& visit) { visit.reset(); }},
    {"resets in the middle of a reply",
     [](Visit& visit) {
       visit.read_head();
       visit.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
       visit.reset();
     }},
    {"sends garbage", [](Visit& visit) { visit.send(std::string(10'000, '\xff')); }},
    {"sends two replies",
     [](Visit& visit) {
       visit.read_head();
       visit.send(ok_reply("one") + ok_reply("two"));
     }},
    {"lies about the length",
     [](Visit& visit) {
       visit.read_head();
       visit.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nlonger than that");
     }},
};

/// What a balancer holds while nobody is there: no probe is under way.
std::size_t descriptors(const Server& balancer) {
  return open_files(balancer.pid()).size();
}

/// A backend that does something bad to whoever asks for /fault and serves the others.
Backend::Script only_for_faults(const Backend::Script& fault) {
  return [fault](Visit& visit) {
    if (visit.begins_with("GET /fault ")) return fault(visit);
    visit.read_head();
    visit.send(ok_reply("well"));
  };
}

const std::vector<std::string> quick{
    "--server-timeout", "100ms", "--client-timeout", "100ms", "-X", "1h", "-R", "1000000"};

}  // namespace

BOOST_DATA_TEST_CASE(a_servers_fault_is_over_when_it_is_over, server_faults, fault) {
  Backend backend(only_for_faults(fault.script));
  const Server balancer(course_balancer({&backend}, quick));
  ask(balancer.port(), request);
  const std::size_t before = descriptors(balancer);
  const std::int64_t memory = memory_kib(balancer.pid(), "VmRSS:");
  for (int count = 0; count < 20; ++count) ask(balancer.port(), request);
  BOOST_TEST(eventually([&] { return descriptors(balancer) <= before; }));
  BOOST_TEST(memory_kib(balancer.pid(), "VmRSS:") - memory < 2048);
  BOOST_TEST(ask(balancer.port()) == ok_reply("well"));
}

BOOST_AUTO_TEST_CASE(a_server_that_never_accepts_is_timed_out) {
  Backend good;
  good.tell(5);
  // It answers one probe, and then its queue fills up: nobody is connected any more.
  auto listening = listen_at(Endpoint{Endpoint::Kind::ipv4, "127.0.0.1", 0, {}}, {.backlog = 0});
  Listener& full = std::get<Listener>(listening);
  std::thread probed([&] {
    pollfd watched{.fd = full.fd(), .events = POLLIN, .revents = 0};
    ::poll(&watched, 1, -1);
    const std::atomic<bool> stays{false};
    Visit visit(UniqueFd{::accept4(full.fd(), nullptr, nullptr, SOCK_CLOEXEC)}, stays);
    visit.read_head();
    visit.send(ok_reply("0\n0\n"));
  });
  Launch launch = course_balancer({&good}, {"-X", "1h", "-R", "1000000", "--connect-timeout",
                                            "200ms", "--access-log", "stderr"});
  launch.options.insert(launch.options.end(), {"--server", to_string(full.endpoint())});
  const Server balancer(launch);
  probed.join();
  std::vector<UniqueFd> waiting;
  for (int count = 0; count < 4; ++count)
    waiting.push_back(*begin_connect(to_address(full.endpoint())));
  BOOST_TEST(answered_by(balancer.port()) == port_text(good));
  const LogLine line = balancer.wait_for("access");
  BOOST_TEST(number_of(line, "retries") == 1);
  BOOST_TEST(text_of(line, "server") == good.address());
}

BOOST_AUTO_TEST_CASE(clients_that_vanish_leave_nothing_behind) {
  Backend backend(only_for_faults([](Visit& visit) { visit.hold(); }));
  const Server balancer(course_balancer({&backend}, {"-X", "1h", "-R", "1000000"}));
  ask(balancer.port());
  const std::size_t before = descriptors(balancer);
  for (int count = 0; count < 20; ++count) {
    Client aborted = Client::tcp(balancer.port());
    aborted.send(request);
    aborted.abort();
    Client silent = Client::tcp(balancer.port());
    silent.abort();
  }
  BOOST_TEST(ask(balancer.port()) == ok_reply("well"));
  BOOST_TEST(eventually([&] { return descriptors(balancer) <= before; }));
}

BOOST_AUTO_TEST_CASE(a_client_may_send_without_end) {
#if defined(__SANITIZE_ADDRESS__)
  constexpr std::uint64_t size = 64ULL << 20;
#else
  constexpr std::uint64_t size = 1ULL << 30;
#endif
  std::atomic<std::uint64_t> received{0};
  Backend backend(only_for_faults([&](Visit& visit) {
    while (true) {
      const std::size_t taken = visit.read(1 << 20).size();
      received += taken;
      if (taken < (1 << 20)) break;
    }
    visit.send("done");
  }));
  const Server balancer(course_balancer({&backend}, {"-X", "1h", "-R", "1000000"}));
  ask(balancer.port());
  const std::int64_t memory = memory_kib(balancer.pid(), "VmRSS:");
  Client client = Client::tcp(balancer.port());
  const std::string piece(1 << 20, 'x');
  client.send("GET /fault ");
  for (std::uint64_t sent = 0; sent < size; sent += piece.size()) client.send(piece);
  client.half_close();
  BOOST_TEST(client.read_to_end().first == "done");
  BOOST_TEST(received == size + 11);
  BOOST_TEST(memory_kib(balancer.pid(), "VmRSS:") - memory < 4096);
}

BOOST_AUTO_TEST_CASE(all_dead_then_one_back) {
  Backend one, two, three;
  const Server balancer(course_balancer({&one, &two, &three}, {"-X", "50ms", "-R", "1000000"}));
  for (Backend* backend : {&one, &two, &three}) backend->stop();
  BOOST_TEST(ask(balancer.port()) == course_refusal);
  two.start();
  BOOST_TEST(eventually([&] { return answered_by(balancer.port()) == port_text(two); }));
}

BOOST_AUTO_TEST_CASE(no_descriptors_left_is_waited_for_and_said) {
  Backend backend(only_for_faults([](Visit& visit) { visit.hold(); }));
  Launch launch = course_balancer({&backend}, {"-X", "1h", "-R", "1000000", "-N", "100"});
  launch.limits = {{RLIMIT_NOFILE, 40}};
  const Server balancer(launch);
  {
    std::vector<Client> clients;
    for (int count = 0; count < 40; ++count) {
      clients.push_back(Client::tcp(balancer.port()));
      clients.back().send(request);
    }
    balancer.wait_for("clients_full");
  }
  BOOST_TEST(eventually([&] { return ask(balancer.port()) == ok_reply("well"); }));
}

BOOST_AUTO_TEST_CASE(a_thousand_servers_may_be_configured) {
  Backend backend;
  Launch launch{.binary = BROOD_BINARY, .command = "balance"};
  // All places of the loopback network at which nobody listens, and one at which somebody does.
  for (int at = 1; at <= 999; ++at)
    launch.options.insert(
        launch.options.end(),
        {"--server", "127.1." + std::to_string(at / 250) + '.' + std::to_string(1 + at % 250) +
                         ":" + port_text(backend)});
  launch.options.insert(launch.options.end(),
                        {"--server", backend.address(), "--mode", "tcp", "--probe-budget", "500"});
  const Server balancer(launch);
  BOOST_TEST(number_of(balancer.wait_for("probe_budget"), "servers") == 1000);
  BOOST_TEST(eventually([&] { return answered_by(balancer.port()) == port_text(backend); }));
}

BOOST_AUTO_TEST_CASE(a_name_that_has_no_address_is_refused_before_anything_starts) {
  Launch launch{.binary = BROOD_BINARY,
                .options = {"balance", "--server", "no-such-name.invalid:80"}};
  const Finished finished = run_to_end(launch);
  BOOST_TEST(finished.status == 2);
  BOOST_TEST(finished.err.find("the name no-such-name.invalid has no address") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_may_stand_for_several_servers) {
  Backend backend;
  Launch launch{.binary = BROOD_BINARY,
                .options = {"--server", "localhost:" + port_text(backend), "--mode", "tcp"},
                .command = "balance"};
  const Server balancer(launch);
  BOOST_TEST(balancer.log("server").size() >= 1U);
  BOOST_TEST(answered_by(balancer.port()) == port_text(backend));
}

BOOST_AUTO_TEST_SUITE_END()
