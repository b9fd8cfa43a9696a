// Clients that connect and say nothing take nothing from those who speak: the kernel keeps them
// (TCP_DEFER_ACCEPT), and where it does not, as at a unix socket, they hold a blocking worker only
// as long as nobody else wants it.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/balancer.hpp"
#include "support/faults.hpp"
#include "support/models.hpp"

BOOST_AUTO_TEST_SUITE(silent_client)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

constexpr int crowd = 100;

/// Whoever is accepted stays for a minute.
Launch patient(const std::string& model, std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--header-timeout", "1m", "--think-time", "0"});
  if (model == "process" || model == "thread") more.insert(more.end(), {"--max-workers", "4"});
  return {.binary = BROOD_BINARY, .options = options_of_model(model, 4, more)};
}

std::vector<Client> silent_at(std::uint16_t port) {
  std::vector<Client> clients;
  for (int count = 0; count < crowd; ++count) clients.push_back(Client::tcp(port));
  return clients;
}

/// With four places.
std::vector<std::string> narrow(const std::string& model, std::vector<std::string> more) {
  if (model == "prefork-epoll" || model == "evented")
    more.insert(more.end(), {"--connections-per-worker", "4"});
  return more;
}

}  // namespace

BOOST_DATA_TEST_CASE(silent_clients_keep_nobody_waiting, all_models, model) {
  const Server server(patient(model));
  std::vector<Client> silent = silent_at(server.port());
  for (int count = 0; count < 20; ++count) BOOST_TEST(get(server.port(), "/").status == 200);
  // They were never served, nor sent away: who speaks at last is answered.
  for (Client& client : silent) {
    BOOST_TEST_REQUIRE(client.is_connected());
    BOOST_TEST_REQUIRE(client.exchange(get_request("/", {"Connection: close"})).status == 200);
  }
}

BOOST_DATA_TEST_CASE(where_the_kernel_keeps_nobody_they_give_way, all_models, model) {
  const TempFolder folder;
  const std::string path = folder / "s";
  const Server server(patient(model, narrow(model, {"--listen", "unix:" + path})));
  std::vector<Client> silent;
  for (int count = 0; count < 12; ++count) silent.push_back(Client::unix_path(path));
  for (int count = 0; count < 3; ++count) {
    Client honest = Client::unix_path(path);
    BOOST_TEST(honest.exchange(get_request("/", {"Connection: close"})).status == 200);
  }
}

BOOST_AUTO_TEST_CASE(a_silent_client_stays_while_nobody_else_wants_its_worker) {
  const TempFolder folder;
  const std::string path = folder / "s";
  const Server server(patient("prefork", {"--listen", "unix:" + path}));
  Client silent = Client::unix_path(path);
  BOOST_TEST(!silent.is_closed_by_server(2s));
  BOOST_TEST(silent.exchange(get_request("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(who_is_kept_by_the_kernel_is_given_up_in_the_end) {
  const Server server({.binary = BROOD_BINARY, .options = pool_of(1, {"--header-timeout", "1s"})});
  Client silent = Client::tcp(server.port());
  BOOST_TEST(silent.is_closed_by_server());
}

BOOST_AUTO_TEST_CASE(a_balancer_of_requests_does_not_see_them) {
  Backend backend;
  Server balance(balancer({&backend}, {"--header-timeout", "1m"}));
  const std::vector<Client> silent = silent_at(balance.port());
  BOOST_TEST(get(balance.port(), "/").status == 200);
  BOOST_TEST(balance.stop() == 0);
  BOOST_TEST(number_of(balance.log("stopped").at(0), "connections") == 1);
}

// The server may be the one that speaks first.
BOOST_AUTO_TEST_CASE(a_balancer_of_connections_takes_them_at_once) {
  Backend backend;
  const Server balance(balancer({&backend}, {"--mode", "tcp"}));
  const Client silent = Client::tcp(balance.port());
  BOOST_TEST(eventually([&] {
    const std::size_t before = balance.mark();
    balance.signal(SIGINT);
    return number_of(balance.wait_for("dump", before), "accepted") == 1;
  }));
}

BOOST_AUTO_TEST_SUITE_END()
