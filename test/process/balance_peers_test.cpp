// The balancer in front of anybody's servers, with its defaults: real ones, where they are
// installed, elsewhere a message says who was left out.
#include <boost/test/unit_test.hpp>
#include <thread>

#include "support/balancer.hpp"
#include "support/faults.hpp"
#include "support/peer.hpp"

BOOST_AUTO_TEST_SUITE(balance_peers)

namespace {

namespace test = brood::test;
using namespace brood::test;
using namespace std::chrono_literals;

Launch in_front_of(const Peer& peer, const std::vector<std::string>& more = {}) {
  Launch launch{
      .binary = BROOD_BINARY, .options = {"--server", peer.address()}, .command = "balance"};
  launch.options.insert(launch.options.end(), more.begin(), more.end());
  return launch;
}

/// Its first verdict is good, a page comes, and it stays up.
void check_http(const Peer& peer, const std::string& path = "/",
                const std::vector<std::string>& more = {}) {
  Launch launch = in_front_of(peer, more);
  launch.options.insert(launch.options.end(), {"-X", "20ms", "--log-level", "debug"});
  const Server balancer(launch);
  BOOST_TEST(get(balancer.port(), path).status == 200, peer.said());
  BOOST_TEST(eventually([&] { return balancer.log("probe").size() > 4; }));
  BOOST_TEST(balancer.log("health").size() == 1U, balancer.log_tail());
}

const std::string wsgi =
    "def application(environ, start_response):\n"
    "    start_response('200 OK', [('Content-Length', '2')])\n"
    "    return [b'ok']\n";

}  // namespace

BOOST_AUTO_TEST_CASE(python_http_server) {
  const std::string program = find_program("python3");
  if (program.empty()) return;
  Peer peer;
  peer.write("page", "hello");
  BOOST_TEST_REQUIRE(
      peer.start({program, "-m", "http.server", "--bind", "127.0.0.1", peer.port_text()}),
      peer.said());
  check_http(peer, "/page");
}

BOOST_AUTO_TEST_CASE(nginx_with_and_without_a_proxy_header) {
  const std::string program = find_program("nginx");
  if (program.empty()) return;
  for (const char* const listens : {"", " proxy_protocol"}) {
    Peer peer;
    peer.write("index.html", "hello");
    peer.write("nginx.conf",
               "daemon off; pid nginx.pid; error_log stderr; worker_processes 1;\n"
               "events {}\n"
               "http { access_log off; client_body_temp_path a; proxy_temp_path b;\n"
               "  fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;\n"
               "  server { listen 127.0.0.1:" +
                   peer.port_text() + listens + "; root .; } }\n");
    BOOST_TEST_REQUIRE(peer.start({program, "-p", peer.path("."), "-c", peer.path("nginx.conf")}),
                       peer.said());
    if (*listens == 0) {
      check_http(peer);
      continue;
    }
    for (const char* const version : {"v1", "v2"}) check_http(peer, "/", {"--send-proxy", version});
  }
}

BOOST_AUTO_TEST_CASE(gunicorn) {
  const std::string program = find_program("gunicorn");
  if (program.empty()) return;
  Peer peer;
  peer.write("app.py", wsgi);
  BOOST_TEST_REQUIRE(peer.start({program, "-w", "2", "-b", peer.address(), "app:application"}),
                     peer.said());
  check_http(peer);
}

BOOST_AUTO_TEST_CASE(two_busy_workers_of_gunicorn_are_not_dead) {
  const std::string program = find_program("gunicorn");
  if (program.empty()) return;
  Peer peer;
  peer.write("app.py",
             "import time\n"
             "def application(environ, start_response):\n"
             "    time.sleep(2)\n"
             "    start_response('200 OK', [('Content-Length', '2')])\n"
             "    return [b'ok']\n");
  BOOST_TEST_REQUIRE(peer.start({program, "-w", "2", "-b", peer.address(), "app:application"}),
                     peer.said());
  const Server balancer(
      in_front_of(peer, {"--health-format", "connect", "-X", "20ms", "--health-timeout", "100ms"}));
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int count = 0; count < 4; ++count)
    clients.emplace_back([&] { answered += get(balancer.port(), "/").status == 200; });
  for (std::thread& client : clients) client.join();
  BOOST_TEST(answered == 4);
  BOOST_TEST(balancer.log("health").size() == 1U, balancer.log_tail());
}

BOOST_AUTO_TEST_CASE(node) {
  const std::string program = find_program("node");
  if (program.empty()) return;
  Peer peer;
  BOOST_TEST_REQUIRE(peer.start({program, "-e",
                                 "require('http').createServer((q, a) => a.end('ok')).listen(" +
                                     peer.port_text() + ", '127.0.0.1')"}),
                     peer.said());
  check_http(peer);
}

BOOST_AUTO_TEST_CASE(apache) {
  const std::string program = find_program("apache2");
  if (program.empty()) return;
  Peer peer;
  peer.write("index.html", "hello");
  peer.write("apache.conf",
             "ServerRoot /usr/lib/apache2\nListen " + peer.address() + "\nServerName x\n" +
                 "LoadModule mpm_event_module modules/mod_mpm_event.so\n"
                 "LoadModule authz_core_module modules/mod_authz_core.so\n"
                 "LoadModule dir_module modules/mod_dir.so\nDirectoryIndex index.html\n"
                 "User nobody\nGroup nogroup\nErrorLog /dev/stderr\nPidFile " +
                 peer.path("pid") + "\nDefaultRuntimeDir " + peer.path(".") + "\nDocumentRoot " +
                 peer.path(".") + "\n");
  BOOST_TEST_REQUIRE(peer.start({program, "-D", "FOREGROUND", "-f", peer.path("apache.conf")}),
                     peer.said());
  check_http(peer);
}

BOOST_AUTO_TEST_CASE(lighttpd) {
  const std::string program = find_program("lighttpd");
  if (program.empty()) return;
  Peer peer;
  peer.write("index.html", "hello");
  peer.write("lighttpd.conf", "server.port = " + peer.port_text() +
                                  "\nserver.bind = \"127.0.0.1\"\nserver.document-root = \"" +
                                  peer.path(".") + "\"\nindex-file.names = (\"index.html\")\n");
  BOOST_TEST_REQUIRE(peer.start({program, "-D", "-f", peer.path("lighttpd.conf")}), peer.said());
  check_http(peer);
}

BOOST_AUTO_TEST_CASE(redis) {
  const std::string program = find_program("redis-server");
  if (program.empty()) return;
  Peer peer;
  BOOST_TEST_REQUIRE(
      peer.start({program, "--port", peer.port_text(), "--bind", "127.0.0.1", "--save", ""}),
      peer.said());
  const Server balancer(in_front_of(peer, {"--mode", "tcp", "-X", "20ms"}));
  for (int count = 0; count < 5; ++count) {
    Client client = Client::tcp(balancer.port());
    client.send("PING\r\n");
    client.half_close();
    BOOST_TEST(client.read_to_end().first == "+PONG\r\n");
  }
  Client asks = Client::tcp(peer.port());
  asks.send("INFO stats\r\n");
  asks.half_close();
  const std::string stats = asks.read_to_end().first;
  BOOST_TEST(stats.find("total_error_replies:0") != std::string::npos, stats);
}

BOOST_AUTO_TEST_CASE(postgresql) {
  const std::string initdb = find_program("initdb");
  const std::string program = find_program("postgres");
  const std::string psql = find_program("psql");
  if (initdb.empty() || program.empty() || psql.empty()) return;
  Peer peer;
  const std::string data = peer.path("data");
  BOOST_TEST_REQUIRE(peer.finish({initdb, "-D", data, "-U", "me", "-A", "trust", "-N"}, true) == 0,
                     peer.said());
  BOOST_TEST_REQUIRE(
      peer.start({program, "-D", data, "-p", peer.port_text(), "-h", "127.0.0.1", "-k", "", "-F"},
                 true),
      peer.said());
  const Server balancer(in_front_of(peer, {"--mode", "tcp", "-X", "20ms"}));
  std::string out;
  BOOST_TEST(eventually([&] {
    const Finished asked =
        run_to_end({.binary = psql,
                    .options = {"-h", "127.0.0.1", "-p", std::to_string(balancer.port()), "-U",
                                "me", "-d", "postgres", "-Atc", "select 6 * 7"}});
    out = asked.out;
    return asked.status == 0;
  }));
  BOOST_TEST(out == "42\n");
  BOOST_TEST(peer.said().find("invalid length of startup packet") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_speaks_first) {
  Backend backend([](Visit& visit) {
    visit.send("SSH-2.0-server\r\n");
    const std::string said = visit.read(16);
    visit.send(said == "SSH-2.0-client\r\n" ? "KEXINIT" : "Protocol mismatch.");
  });
  const Server balancer(test::balancer({&backend}, {"--mode", "tcp", "-X", "20ms"}));
  BOOST_TEST(ask(balancer.port(), "SSH-2.0-client\r\n") == "SSH-2.0-server\r\nKEXINIT");
}

BOOST_AUTO_TEST_SUITE_END()
