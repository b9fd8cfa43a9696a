// Workers that only finish what they have (their quota is served, or they were told to leave) keep
// nobody out: another serves on. They are bounded: as many again as max-workers, and the oldest is
// cut when its place is needed.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(finishing)

namespace {

using namespace brood::test;

/// Room for two workers, of which `size` are there at first.
Launch two_workers(const std::string& model, const std::vector<std::string>& more = {},
                   const std::string& size = "2") {
  Launch launch = faulty(1);
  launch.options = {"--model",         model, "--handler",         "fault",
                    "--write-timeout", "10m", "--request-timeout", "0"};
  if (model.starts_with("prefork"))
    launch.options.insert(launch.options.end(), {"--start-workers", size, "--min-spare", "1",
                                                 "--max-spare", size, "--max-workers", "2"});
  if (model == "prefork-epoll")
    launch.options.insert(launch.options.end(), {"--connections-per-worker", "100"});
  launch.options.insert(launch.options.end(), more.begin(), more.end());
  return launch;
}

/// Answers that have begun and go on for as long as the client likes.
std::vector<Client> downloads(const Server& server, int count) {
  std::vector<Client> clients;
  for (int made = 0; made < count; ++made) {
    clients.push_back(Client::tcp(server.port()));
    clients.back().send(get_request("/open/10"));
    BOOST_TEST_REQUIRE(clients.back().read_reply().status == 200);
  }
  return clients;
}

std::size_t succeeded(const Server& server) {
  const std::vector<LogLine> acts = server.log("regulate");
  return static_cast<std::size_t>(std::ranges::count_if(
      acts, [](const LogLine& act) { return text_of(act, "reason") == "succeeded"; }));
}

}  // namespace

BOOST_AUTO_TEST_CASE(workers_with_their_share_served_have_successors_at_once) {
  Server server(two_workers("prefork-epoll", {"--max-requests", "3"}));
  const std::vector<Client> clients = downloads(server, 6);
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(eventually([&] { return succeeded(server) >= 2; }));
  BOOST_TEST(server.log("worker_ended").empty(), "nobody was cut for it");
}

BOOST_AUTO_TEST_CASE(one_that_has_had_its_successor_is_not_replaced_again) {
  Server server(two_workers("prefork-epoll", {"--max-requests", "3"}, "1"));
  const pid_t first = server.workers().at(0);
  std::vector<Client> clients = downloads(server, 3);
  BOOST_TEST(eventually([&] { return succeeded(server) == 1; }));
  for (Client& client : clients) client.abort();  // A mere end of input is no loss: it may read on.
  BOOST_TEST(text_of(end_of(server, first), "cause") == "recycled");
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(is_full(server, 1));
  BOOST_TEST(server.log("worker_started").size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_sigterm_of_their_own_does_the_same) {
  for (const char* const model : {"prefork", "prefork-epoll", "process", "thread", "evented"}) {
    BOOST_TEST_INFO_SCOPE(model);
    Server server(two_workers(model));
    const std::vector<Client> clients = downloads(server, 2);
    const std::vector<pid_t> workers = server.workers();
    for (const pid_t worker : workers) ::kill(worker, SIGTERM);
    BOOST_TEST(get(server.port(), "/").status == 200);
    // Each has one, or where one may have both, the other leaves.
    const auto finishing = std::ranges::count_if(workers, [](pid_t pid) { return is_alive(pid); });
    const bool may_share = model == std::string_view("prefork-epoll");
    BOOST_TEST(finishing >= (may_share ? 1 : std::ssize(workers)), "they finish what they have");
    BOOST_TEST(eventually([&] { return succeeded(server) >= 1; }));
  }
}

BOOST_AUTO_TEST_CASE(when_there_are_as_many_again_the_oldest_is_cut_once_its_place_is_needed) {
  Server server(two_workers("prefork-epoll", {"--max-requests", "2", "--graceful-timeout", "1s"}));
  std::vector<Client> clients = downloads(server, 8);  // Four workers, two of max-workers again.
  BOOST_TEST(server.workers().size() == 4U);
  BOOST_TEST(get(server.port(), "/").status == 200);
  const LogLine act = server.wait_for([](const LogLine& line) {
    return is_event(line, "regulate") && text_of(line, "action") == "cut";
  });
  BOOST_TEST(text_of(act, "reason") == "kept_out");
  const LogLine end = server.wait_for("worker_ended");
  BOOST_TEST(text_of(end, "cause") == "cut");
  BOOST_TEST(text_of(end, "reason").starts_with("killed (its slot was needed, "),
             text_of(end, "reason"));
  BOOST_TEST(number_of(end, "open") == 2);
  for (const LogLine& line : server.log())
    if (line.contains("total")) BOOST_TEST(number_of(line, "total") <= 4);
}

BOOST_AUTO_TEST_SUITE_END()
