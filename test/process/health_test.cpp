// Goal: the health document tells a balancer how loaded the whole server is. Method: bring a small
// pool into a known state and ask; wait for what is on its way.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"
#include "support/health.hpp"

BOOST_AUTO_TEST_SUITE(health)

namespace {

using namespace brood;
using namespace brood::test;

const std::vector<std::string> models{"prefork", "prefork-epoll"};

/// A pool of one size, so that nobody is born or drained meanwhile.
Launch static_pool(const std::string& model, const std::string& workers,
                   std::vector<std::string> more) {
  Launch launch{.binary = BROOD_BINARY, .options = {"--model", model}};
  for (const char* option : {"--start-workers", "--min-spare", "--max-spare", "--max-workers"})
    launch.options.insert(launch.options.end(), {option, workers});
  launch.options.insert(launch.options.end(), more.begin(), more.end());
  return launch;
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_idle_pool_is_known_by_its_places) {
  const struct {
    std::string model;
    std::vector<std::string> options;
    std::uint32_t places;
  } rows[] = {{"prefork", {}, 3}, {"prefork-epoll", {"--connections-per-worker", "10"}, 30}};
  for (const auto& row : rows) {
    Server server(static_pool(row.model, "3", row.options));
    const LoadReport load = load_at(server.port());
    BOOST_TEST(load.max == row.places, row.model);
    BOOST_TEST(load.busy == 1U, "the probe's own connection");
    BOOST_TEST(load.idle == row.places - 1, row.model);
    BOOST_TEST(load.queue == 0U);
    BOOST_TEST(load.in_flight == 0U, "a probe is none");
    BOOST_TEST(load.latency_us == 0U, "nothing was answered yet");
    BOOST_TEST(!load.is_draining);
  }
}

BOOST_DATA_TEST_CASE(requests_in_flight_are_seen_until_they_are_answered, models, model) {
  Server server(static_pool(model, "3", {"--think-time", "1s"}));
  Client client = Client::tcp(server.port());
  client.send(get_request("/"));
  BOOST_TEST(eventually([&] { return load_at(server.port()).in_flight == 1; }), server.log_tail());
  BOOST_TEST(client.read_reply().status == 200);
  BOOST_TEST(eventually([&] { return load_at(server.port()).in_flight == 0; }), server.log_tail());
}

BOOST_DATA_TEST_CASE(a_request_that_is_given_up_is_in_flight_no_more, models, model) {
  Server server(static_pool(model, "3", {}));
  Client client = Client::tcp(server.port());
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf");
  BOOST_TEST(eventually([&] { return load_at(server.port()).in_flight == 1; }), server.log_tail());
  client.abort();
  BOOST_TEST(eventually([&] { return load_at(server.port()).in_flight == 0; }), server.log_tail());
}

BOOST_DATA_TEST_CASE(latency_includes_the_time_to_think_and_outlives_the_worker, models, model) {
  Server server(static_pool(model, "2", {"--think-time", "20ms", "--max-requests", "1"}));
  BOOST_TEST(get(server.port(), "/").status == 200);
  BOOST_TEST(load_at(server.port()).latency_us >= 20'000U);
}

BOOST_AUTO_TEST_CASE(who_waits_to_be_accepted_is_in_the_queue) {
  const struct {
    const char* name;
    bool is_unix;
  } rows[] = {{"TCP", false}, {"a unix socket", true}};
  for (const auto& row : rows) {
    const TempFolder folder;
    const std::string path = folder / "socket";
    Launch launch = static_pool("prefork", "1", {});
    if (row.is_unix) launch.options.insert(launch.options.end(), {"--listen", "unix:" + path});
    Server server(launch);
    const auto connect = [&] {
      return row.is_unix ? Client::unix_path(path) : Client::tcp(server.port());
    };
    Client first = connect();
    // With a request behind it, a probe leaves the connection as it is.
    const std::string probe = get_request("/healthcheck") + get_request("/");
    const auto queue_seen_by_first = [&] {
      const std::uint64_t queue = load_in(first.exchange(probe)).queue;
      BOOST_TEST(first.read_reply().status == 200);
      return queue;
    };
    BOOST_TEST(queue_seen_by_first() == 0U);
    const Client second = connect();
    const Client third = connect();
    BOOST_TEST(eventually([&] { return queue_seen_by_first() == 2U; }), row.name);
  }
}

BOOST_AUTO_TEST_CASE(a_probe_does_not_keep_a_blocking_worker) {
  for (const std::string model : {"prefork", "prefork-epoll"}) {
    Server server(static_pool(model, "1", {}));
    Client client = Client::tcp(server.port());
    const Reply reply = client.exchange(get_request("/healthcheck"));
    BOOST_TEST(reply.status == 200);
    const bool closes = model == "prefork";
    BOOST_TEST((reply.header("Connection") == "close") == closes);
    BOOST_TEST(client.exchange(get_request("/healthcheck")).status == (closes ? 0 : 200));
  }
}

BOOST_AUTO_TEST_CASE(a_health_path_may_have_a_query_and_else_any_will_do) {
  const struct {
    const char* path;
    const char* asked;
    bool is_probe;
  } rows[] = {
      {"/health", "/health", true},         {"/health", "/health?x", true},
      {"/health?k=1", "/health?k=1", true}, {"/health?k=1", "/health?k=2", false},
      {"/health?k=1", "/health", false},    {"/health", "/healthy", false},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.path << " " << row.asked);
    Server server(static_pool("prefork", "1", {"--health-path", row.path, "--think-time", "0"}));
    BOOST_TEST(get(server.port(), row.asked).body.starts_with("slot ") != row.is_probe);
  }
}

BOOST_AUTO_TEST_CASE(another_instance_has_another_epoch) {
  const auto epoch = [] {
    Server server({.binary = BROOD_BINARY});
    const std::uint64_t first = load_at(server.port()).epoch_ms;
    BOOST_TEST(load_at(server.port()).epoch_ms == first, "one instance has one");
    return first;
  };
  const std::uint64_t before = epoch();
  BOOST_TEST(epoch() > before);
}

BOOST_AUTO_TEST_SUITE_END()
