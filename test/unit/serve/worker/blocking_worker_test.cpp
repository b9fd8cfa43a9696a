// The blocking driver, and the life of a worker that has it.
#include <boost/test/unit_test.hpp>

#include "serve/worker/accepting_worker.hpp"
#include "serve/worker/connection.hpp"
#include "serve/worker/worker.hpp"
#include "unit/serve/worker/listening_rig.hpp"
#include "wire/exit_status.hpp"

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(blocking_worker)

namespace {

/// A client that has said this, and no more will come.
struct Spoken {
  explicit Spoken(std::string_view bytes) {
    BOOST_REQUIRE(::send(pair.theirs.get(), bytes.data(), bytes.size(), 0) ==
                  static_cast<ssize_t>(bytes.size()));
    ::shutdown(pair.theirs.get(), SHUT_WR);
  }
  SocketPair pair{0};
};

struct BlockingRig : WorkerRig {
  BlockingRig() { context.clients_block = true; }
  void serve(Spoken& client) { Connection(context).serve(std::move(client.pair.ours)); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_connection_is_served_to_its_end_and_closed) {
  BlockingRig rig;
  Spoken client(get_request + get_request);
  rig.serve(client);
  BOOST_TEST(rig.entries() == 2U);
  BOOST_TEST(answer_of(heard_by(client.pair.theirs)).starts_with("200 hello\n"));
  BOOST_TEST(is_closed(client.pair.theirs));
}

BOOST_AUTO_TEST_CASE(a_file_goes_out_of_a_blocking_socket_and_leaves_it_blocking) {
  BlockingRig rig;
  const auto file = std::make_shared<const UniqueFd>(::memfd_create("text", MFD_CLOEXEC));
  const std::string text(50'000, 'y');
  BOOST_REQUIRE(::write(file->get(), text.data(), text.size()) == 50'000);
  Spoken client(get_request + get_request);
  const int fd = client.pair.ours.get();
  bool was_blocking = true;
  rig.handler.on_handle = [&](const Request&) {
    was_blocking = was_blocking && (::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
    BodyParts parts;
    parts.emplace_back(FileRange{file, 0, 50'000});
    return Response{.body = std::move(parts)};
  };
  rig.serve(client);
  BOOST_TEST(was_blocking);
  BOOST_TEST(std::ranges::count(heard_by(client.pair.theirs), 'y') == 100'000);
}

BOOST_AUTO_TEST_CASE(a_think_time_is_waited_for) {
  BlockingRig rig;
  rig.handler.on_handle = [](const Request&) { return Response{.body = "x", .not_before = 3ms}; };
  Spoken client(get_request);
  const TimePoint begun = lived_now();
  rig.serve(client);
  BOOST_TEST((lived_now() - begun >= 3ms));
  BOOST_TEST(answer_of(heard_by(client.pair.theirs)) == "200 x");
}

BOOST_AUTO_TEST_CASE(a_slow_client_is_named) {
  BlockingRig rig;
  rig.settings.header_timeout = 5ms;
  SocketPair pair(0);
  BOOST_REQUIRE(::send(pair.theirs.get(), "GET", 3, 0) == 3);
  ::shutdown(pair.ours.get(), SHUT_RD);  // Its lingering ends at once.
  Connection(rig.context).serve(std::move(pair.ours));
  BOOST_TEST(rig.errors() == 1U);
}

BOOST_AUTO_TEST_CASE(a_client_that_resets_is_served_no_further) {
  BlockingRig rig;
  SocketPair pair(0);
  BOOST_REQUIRE(::send(pair.theirs.get(), get_request.data(), get_request.size(), 0) > 0);
  pair.theirs.reset();
  Connection(rig.context).serve(std::move(pair.ours));
  BOOST_TEST(rig.entries() == 1U);
  BOOST_TEST(rig.in_flight() == 0U);
}

// --- The whole worker.

namespace {

struct WholeWorker : ListeningRig {
  int run() {
    return run_worker(place, settings, [this] {
      struct Forwarding final : Handler {
        explicit Forwarding(ScriptedHandler& to) : to_(to) {}
        Admission admit(const Request& request) override { return to_.admit(request); }
        Response handle(const Request& request) override { return to_.handle(request); }
        ScriptedHandler& to_;
      };
      return std::make_unique<Forwarding>(handler);
    });
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_worker_serves_its_share_and_exits) {
  WholeWorker rig;
  rig.place.request_quota = 2;
  const UniqueFd first = rig.connect(last_request);
  const UniqueFd second = rig.connect(last_request);
  const UniqueFd third = rig.connect(last_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(first)) == "200 hello\n");
  BOOST_TEST(answer_of(heard_by(second)) == "200 hello\n");
  BOOST_TEST(heard_by(third).empty());
  const auto told = rig.told();
  BOOST_TEST(told.front() == "INIT");
  BOOST_TEST(told.back() == "EXIT");
  BOOST_TEST(rig.shown().connections == 2U);
}

BOOST_AUTO_TEST_CASE(an_order_in_the_middle_of_a_connection_makes_it_the_last) {
  WholeWorker rig;
  rig.handler.on_handle = [&](const Request&) {
    rig.order(FrameKind::drain);
    rig.memory.view().head->orders_given = 1;
    return Response{.body = "hello\n"};
  };
  const UniqueFd client = rig.connect(get_request);
  const UniqueFd other = rig.connect(get_request);
  ::shutdown(client.get(), SHUT_WR);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(heard_by(client).find("Connection: close") != std::string::npos);
  BOOST_TEST(heard_by(other).empty());
}

BOOST_AUTO_TEST_CASE(a_handler_that_does_not_start_ends_the_worker) {
  ListeningRig rig;
  const int status = run_worker(rig.place, rig.settings, []() -> std::unique_ptr<Handler> {
    throw std::runtime_error("no database");
  });
  BOOST_TEST(status == exit_handler_start);
  BOOST_TEST(rig.told() == std::vector<std::string>{"on_start: no database"});
}

BOOST_AUTO_TEST_CASE(the_reporter_answers_probes_and_nothing_else) {
  ListeningRig rig;
  rig.place.request_quota = 2;
  const UniqueFd probe =
      rig.connect("GET /healthcheck HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  const UniqueFd other = rig.connect(last_request);
  BOOST_TEST(run_reporter(rig.place, rig.settings) == exit_done);
  BOOST_TEST(answer_of(heard_by(probe)).starts_with("200 0\n"));
  BOOST_TEST(answer_of(heard_by(other)).starts_with("404"));
}

BOOST_AUTO_TEST_SUITE_END()
