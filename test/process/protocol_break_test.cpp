// A worker that breaks the protocol on its channel ends with its own cause, and nothing else does.
#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(protocol_break)

namespace {

using namespace brood::test;

/// Sends the request that makes its worker misbehave, and sees to it that only that one goes.
LogLine end_after(const Server& server, const char* target) {
  const std::vector<pid_t> before = server.workers();
  const std::size_t from = server.mark();
  Client client = Client::tcp(server.port());
  client.send(get_request(target));
  bool served = true;
  BOOST_TEST(eventually([&] {
    served = served && get(server.port(), "/").status == 200;
    return !server.log("worker_ended", from).empty();
  }));
  BOOST_TEST(served);
  const LogLine end = server.wait_for("worker_ended", from);
  const auto guilty = static_cast<pid_t>(number_of(end, "pid"));
  BOOST_TEST(next_in_slot(server, number_of(end, "slot"), guilty) != 0);
  BOOST_TEST(is_full(server, static_cast<std::int64_t>(before.size())));
  for (const pid_t pid : before) BOOST_TEST(is_alive(pid) == (pid != guilty));
  BOOST_TEST(server.log("worker_ended", from).size() == 1);
  return end;
}

}  // namespace

BOOST_AUTO_TEST_CASE(garbage_on_the_channel_ends_its_worker) {
  Server server(faulty(4));
  const LogLine end = end_after(server, "/garbage");
  BOOST_TEST(text_of(end, "cause") == "protocol");
  BOOST_TEST(text_of(end, "reason") == "killed (it wrote something that is no frame)");
}

// Half a frame is not wrong yet; but the worker gets no further with its request.
BOOST_AUTO_TEST_CASE(half_a_frame_and_then_silence_ends_its_worker) {
  Server server(faulty(4, {"--request-timeout", "1s"}));
  const LogLine end = end_after(server, "/half");
  BOOST_TEST(text_of(end, "cause") == "hung");
  BOOST_TEST(text_of(end, "reason").ends_with("s: GET /half HTTP/1.1)"), text_of(end, "reason"));
}

BOOST_AUTO_TEST_CASE(a_worker_that_closes_its_channel_and_stays_is_ended) {
  Server server(faulty(4));
  const LogLine end = end_after(server, "/closechannel");
  BOOST_TEST(text_of(end, "cause") == "protocol");
  BOOST_TEST(text_of(end, "reason") == "killed (it closed its channel and did not leave)");
}

BOOST_AUTO_TEST_CASE(broken_protocols_under_load_cost_nobody_else_a_request) {
  Server server(faulty(5));
  Load load({.port = server.port(), .clients = 3});
  for (int round = 0; round < 20; ++round) {
    const std::size_t from = server.mark();
    Client client = Client::tcp(server.port());
    client.send(get_request("/garbage"));
    BOOST_TEST(text_of(server.wait_for("worker_ended", from), "cause") == "protocol");
  }
  const LoadCounts counts = load.stop();
  BOOST_TEST(counts.failed == 0, counts.first_failure);
  BOOST_TEST(server.log("worker_ended").size() == 20);
  BOOST_TEST(server.log("circuit_opened").empty());
}

BOOST_AUTO_TEST_CASE(other_ways_to_go_have_their_own_causes) {
  Server server(faulty(3));
  const struct {
    const char* target;
    const char* cause;
    const char* reason;
  } rows[] = {{"/exit/3", "exited", "exited 3: GET /exit/3 HTTP/1.1"},
              {"/exit/0", "exited", "exited 0: GET /exit/0 HTTP/1.1"},
              {"/signal/6", "crashed", "crashed (SIGABRT: GET /signal/6 HTTP/1.1)"},
              {"/signal/9", "killed", "killed (SIGKILL: GET /signal/9 HTTP/1.1)"}};
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.target) {
      const LogLine end = end_after(server, row.target);
      BOOST_TEST(text_of(end, "cause") == row.cause);
      BOOST_TEST(text_of(end, "reason") == row.reason);
    }
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_answers_500_and_stays) {
  Server server(faulty(1));
  const pid_t worker = server.workers().at(0);
  BOOST_TEST(get(server.port(), "/throw").status == 500);
  BOOST_TEST(text_of(server.wait_for("worker_note"), "text") == "handler: asked to throw");
  BOOST_TEST(get(server.port(), "/").body == std::to_string(worker) + "\n");
}

BOOST_AUTO_TEST_SUITE_END()
