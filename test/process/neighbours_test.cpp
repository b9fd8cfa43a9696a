// docs/neighbours.md: other people's proxies and watchers before `brood serve`, where they are
// installed; and what is left when a master is killed.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "support/faults.hpp"
#include "support/peer.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(neighbours)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

Launch two_workers(const std::string& think_time) {
  return {.binary = BROOD_BINARY,
          .options = {"--start-workers", "2", "--min-spare", "2", "--max-spare", "2",
                      "--max-workers", "2", "--think-time", think_time}};
}

std::string port_of(const Server& server) {
  return std::to_string(server.port());
}

std::string haproxy_config(const Peer& peer, const Server& server, const std::string& more,
                           const std::string& check = "") {
  return "global\n stats socket " + peer.path("stats") +
         "\ndefaults\n mode http\n timeout connect 5s\n timeout client 60s\n"
         " timeout server 60s\n " +
         more + "\nlisten brood\n bind " + peer.address() +
         "\n server a 127.0.0.1:" + port_of(server) + check + "\n";
}

/// Six clients that keep their connections. \return how long until all were answered with 200.
std::chrono::milliseconds burst(std::uint16_t port) {
  const auto begun = std::chrono::steady_clock::now();
  std::vector<Client> clients;
  for (int count = 0; count < 6; ++count) clients.push_back(Client::tcp(port));
  for (Client& client : clients) client.send(get_request("/"));
  for (Client& client : clients) BOOST_TEST(client.read_reply().status == 200);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               begun);
}

/// Whether HAProxy takes the server for well, by its own word.
bool is_up(const Peer& peer) {
  Client stats = Client::unix_path(peer.path("stats"));
  if (!stats.send("show stat\n")) return false;
  return stats.read_to_end().first.find(",UP,") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(haproxy_closes_connections_to_servers_when_told_to) {
  const std::string program = find_program("haproxy");
  if (program.empty()) return;
  const Server server(two_workers("200ms"));
  const auto time_with = [&](const char* option) {
    Peer peer;
    peer.write("haproxy.cfg", haproxy_config(peer, server, option));
    BOOST_TEST_REQUIRE(peer.start({program, "-db", "-f", peer.path("haproxy.cfg")}), peer.said());
    return burst(peer.port());
  };
  const auto kept = time_with("option http-keep-alive");
  const auto closed = time_with("option http-server-close");
  BOOST_TEST(kept >= 5s);  // A worker's keep-alive-timeout.
  BOOST_TEST(closed < kept);
}

BOOST_AUTO_TEST_CASE(haproxy_checks) {
  const std::string program = find_program("haproxy");
  if (program.empty()) return;
  const Server server({.binary = BROOD_BINARY, .options = {"--think-time", "0"}});
  for (const char* const check :
       {"option httpchk GET /healthcheck",
        "option httpchk\n http-check send meth GET uri /healthcheck ver HTTP/1.1 hdr Host x"}) {
    Peer peer;
    peer.write("haproxy.cfg",
               haproxy_config(peer, server, check, " check inter 100ms fall 1 rise 2"));
    BOOST_TEST_REQUIRE(peer.start({program, "-db", "-f", peer.path("haproxy.cfg")}), peer.said());
    BOOST_TEST(eventually([&] { return is_up(peer); }), check);
    BOOST_TEST(get(peer.port(), "/").status == 200);
  }
}

BOOST_AUTO_TEST_CASE(nginx_passes_requests_one_by_one) {
  const std::string program = find_program("nginx");
  if (program.empty()) return;
  const Server server(two_workers("200ms"));
  Peer peer;
  peer.write("nginx.conf",
             "daemon off; pid nginx.pid; error_log stderr; events {}\n"
             "http { access_log off; client_body_temp_path a; proxy_temp_path b;\n"
             "  fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;\n"
             "  server { listen " +
                 peer.address() +
                 ";\n"
                 "    location / { proxy_pass http://127.0.0.1:" +
                 port_of(server) + "; } } }\n");
  BOOST_TEST_REQUIRE(peer.start({program, "-p", peer.path("."), "-c", peer.path("nginx.conf")}),
                     peer.said());
  BOOST_TEST(burst(peer.port()) < 5s);
}

BOOST_AUTO_TEST_CASE(check_http) {
  const std::string program = find_program("check_http");
  if (program.empty()) return;
  const Server server({.binary = BROOD_BINARY, .options = {"--think-time", "0"}});
  Peer peer;
  BOOST_TEST(
      peer.finish({program, "-H", "127.0.0.1", "-p", port_of(server), "-u", "/healthcheck"}) == 0,
      peer.said());
}

BOOST_AUTO_TEST_CASE(a_killed_master_leaves_workers_behind_elsewhere_and_none_here) {
  Server server({.binary = BROOD_BINARY});
  const std::uint16_t port = server.port();
  ::kill(server.pid(), SIGKILL);
  BOOST_TEST(eventually([&] { return !Client::tcp(port).is_connected(); }));
  const std::string program = find_program("nginx");
  if (program.empty()) return;
  Peer peer;
  peer.write("index.html", "hello");
  peer.write("nginx.conf",
             "daemon off; pid nginx.pid; error_log stderr; worker_processes 1; events {}\n"
             "http { access_log off; client_body_temp_path a; proxy_temp_path b;\n"
             "  fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;\n"
             "  server { listen " +
                 peer.address() + "; root .; } }\n");
  BOOST_TEST_REQUIRE(peer.start({program, "-p", peer.path("."), "-c", peer.path("nginx.conf")}),
                     peer.said());
  BOOST_TEST_REQUIRE(eventually([&] { return get(peer.port(), "/").status == 200; }));
  ::kill(peer.pid(), SIGKILL);
  BOOST_TEST(eventually([&] { return state_of(peer.pid()) == 'Z'; }));
  BOOST_TEST(get(peer.port(), "/").status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
