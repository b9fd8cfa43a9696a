#include "serve/worker/event_worker.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/serve/worker/listening_rig.hpp"
#include "wire/exit_status.hpp"

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(event_worker)

namespace {

struct EventRig : ListeningRig {
  EventRig() { settings.connections_per_worker = 100; }

  /// It is to leave once `count` requests have been handled.
  void leave_after(std::size_t count) {
    handler.on_handle = [this, count](const Request&) {
      if (handler.handled.size() == count) order(FrameKind::drain);
      return Response{.body = "hello\n"};
    };
  }
  int run() { return EventWorker(place, settings, handler).run(); }
};

using Told = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_CASE(it_serves_and_leaves_when_it_is_told_to) {
  EventRig rig;
  rig.leave_after(1);
  const UniqueFd client = rig.connect(last_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(client)) == "200 hello\n");
  BOOST_TEST(is_closed(client));
  const Told told = rig.told();
  BOOST_TEST(told.front() == "INIT");
  BOOST_TEST(told.back() == "EXIT");
  BOOST_TEST(rig.page().entries == 1U);
  BOOST_TEST((rig.shown().state == WorkerState::exit));
  BOOST_TEST(rig.shown().open == 0U);
}

BOOST_AUTO_TEST_CASE(who_leaves_before_it_was_acknowledged_serves_nobody) {
  EventRig rig;
  rig.order(FrameKind::drain);
  const UniqueFd client = rig.connect(last_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(heard_by(client).empty());
  BOOST_TEST(rig.page().entries == 0U);
}

BOOST_AUTO_TEST_CASE(an_orphan_leaves) {
  EventRig rig;
  rig.handler.on_handle = [&](const Request&) {
    rig.channel.ours.reset();
    return Response{};
  };
  const UniqueFd client = rig.connect(get_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(client)) == "200 ");
  BOOST_TEST(is_closed(client));
}

BOOST_AUTO_TEST_CASE(a_sigterm_is_an_order_too) {
  EventRig rig;
  rig.handler.on_handle = [&](const Request&) {
    ::raise(SIGTERM);
    return Response{.body = "hello\n"};
  };
  const UniqueFd client = rig.connect(get_request);
  BOOST_TEST(rig.run() == exit_terminated);
  BOOST_TEST(answer_of(heard_by(client)) == "200 hello\n");
  BOOST_TEST(is_closed(client));
}

BOOST_AUTO_TEST_CASE(a_channel_that_makes_no_sense_ends_it) {
  EventRig rig;
  rig.handler.on_handle = [&](const Request&) {
    const std::string nonsense(64, 'x');
    BOOST_REQUIRE(::send(rig.channel.ours.get(), nonsense.data(), nonsense.size(), 0) == 64);
    return Response{};
  };
  const UniqueFd client = rig.connect(get_request);
  BOOST_TEST(rig.run() == exit_os_error);
  BOOST_TEST(is_closed(client));
}

BOOST_AUTO_TEST_CASE(its_share_is_its_last) {
  EventRig rig;
  rig.place.request_quota = 2;
  const UniqueFd first = rig.connect(last_request);
  const UniqueFd second = rig.connect(get_request);  // It would be kept.
  const UniqueFd third = rig.connect(get_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(first)) == "200 hello\n");
  BOOST_TEST(answer_of(heard_by(second)) == "200 hello\n");
  BOOST_TEST(is_closed(second));
  BOOST_TEST(heard_by(third).empty());
  BOOST_TEST(!is_closed(third));  // It waits for a sibling.
  BOOST_TEST(rig.page().takes_no_more == 1U);
}

BOOST_AUTO_TEST_CASE(it_takes_no_more_than_it_has_places_for_at_once) {
  EventRig rig;
  rig.settings.connections_per_worker = 2;
  rig.leave_after(5);
  std::uint64_t open_most = 0;
  std::vector<UniqueFd> clients;
  for (int count = 0; count < 5; ++count) clients.push_back(rig.connect(last_request));
  BOOST_TEST(rig.run() == exit_done);
  open_most = rig.page().open_most;
  BOOST_TEST(open_most <= 2U);
  for (const UniqueFd& client : clients) BOOST_TEST(answer_of(heard_by(client)) == "200 hello\n");
  BOOST_TEST(rig.page().entries == 5U);
}

BOOST_AUTO_TEST_CASE(clients_that_wait_for_each_other_are_served_side_by_side) {
  EventRig rig;
  // The first one's request becomes whole only when the second one's is handled.
  const UniqueFd first = rig.connect("GET /first HTTP/1.1\r\nHost: a\r\n");
  const UniqueFd second = rig.connect("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
  rig.handler.on_handle = [&](const Request& request) {
    if (request.path == "/second") BOOST_REQUIRE(::send(first.get(), "\r\n", 2, 0) == 2);
    if (request.path == "/first") rig.order(FrameKind::drain);
    return Response{.body = std::string(request.path)};
  };
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(first)) == "200 /first");
  BOOST_TEST(answer_of(heard_by(second)) == "200 /second");
}

BOOST_AUTO_TEST_CASE(a_kept_client_is_served_again) {
  EventRig rig;
  const UniqueFd client = rig.connect(get_request);
  const UniqueFd other = rig.connect(get_request);
  // Each request that is handled makes the other client speak again.
  rig.handler.on_handle = [&](const Request&) {
    const std::size_t count = rig.handler.handled.size();
    if (count == 6) {
      rig.order(FrameKind::drain);
    } else if (count >= 2) {
      const UniqueFd& next = count % 2 == 0 ? client : other;
      BOOST_REQUIRE(::send(next.get(), get_request.data(), get_request.size(), 0) > 0);
    }
    return Response{.body = "x"};
  };
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(rig.page().entries == 6U);
  BOOST_TEST(rig.shown().connections == 2U);
  BOOST_TEST(is_closed(client));
  BOOST_TEST(is_closed(other));
}

BOOST_AUTO_TEST_CASE(a_nudge_makes_it_look_at_its_listeners) {
  EventRig rig;
  rig.leave_after(2);
  rig.order(FrameKind::idle);  // Behind the acknowledgement.
  const UniqueFd first = rig.connect(last_request);
  const UniqueFd second = rig.connect(last_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(rig.page().entries == 2U);
}

BOOST_AUTO_TEST_CASE(who_has_gone_before_it_was_accepted_does_no_harm) {
  EventRig rig;
  rig.leave_after(1);
  rig.connect("GET / HT");
  rig.connect("");
  const UniqueFd client = rig.connect(last_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(client)) == "200 hello\n");
  BOOST_TEST(rig.shown().connections == 3U);
}

BOOST_AUTO_TEST_CASE(an_answer_that_fills_the_socket_goes_on_when_it_is_taken) {
  EventRig rig;
  const std::string text(4UL << 20, 'y');
  const UniqueFd slow = rig.connect("GET /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  std::string taken;
  UniqueFd next;
  rig.handler.on_handle = [&](const Request& request) {
    if (request.path == "/long") {
      next = rig.connect(get_request);
      return Response{.body = text};
    }
    // Each time that the other client is served, the slow one takes what there is.
    taken += heard_by(slow);
    if (taken.size() > text.size())
      rig.order(FrameKind::drain);
    else
      BOOST_REQUIRE(::send(next.get(), get_request.data(), get_request.size(), 0) > 0);
    return Response{};
  };
  BOOST_TEST(rig.run() == exit_done);
  taken += heard_by(slow);
  BOOST_TEST(std::ranges::count(taken, 'y') == static_cast<std::ptrdiff_t>(text.size()));
  BOOST_TEST(rig.page().in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(a_body_out_of_a_pipe_is_waited_for) {
  EventRig rig;
  SocketPair pipe;
  const UniqueFd client = rig.connect("GET /pipe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  UniqueFd next;
  rig.handler.on_handle = [&](const Request& request) {
    if (request.path == "/pipe") {
      next = rig.connect(get_request);
      return Response{.body = StreamedBody{.source = std::move(pipe.theirs)}};
    }
    const bool is_last = rig.handler.handled.size() == 4;
    BOOST_REQUIRE(::send(pipe.ours.get(), "a", 1, 0) == 1);
    if (is_last) {
      pipe.ours.reset();
      rig.order(FrameKind::drain);
    } else {
      BOOST_REQUIRE(::send(next.get(), get_request.data(), get_request.size(), 0) > 0);
    }
    return Response{};
  };
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(std::ranges::count(answer_of(heard_by(client)), 'a') == 3);
}

BOOST_AUTO_TEST_CASE(a_client_lost_while_its_source_is_silent_is_noticed) {
  EventRig rig;
  SocketPair pipe;
  UniqueFd client = rig.connect("GET /pipe HTTP/1.1\r\nHost: a\r\n\r\n");
  UniqueFd next;
  rig.handler.on_handle = [&](const Request& request) {
    if (request.path == "/pipe") {
      next = rig.connect(get_request);
      return Response{.body = StreamedBody{.source = std::move(pipe.theirs)}};
    }
    client.reset();
    rig.order(FrameKind::drain);
    return Response{};
  };
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(rig.shown().open == 0U);
  BOOST_TEST(rig.page().in_flight == 0U);
}

BOOST_AUTO_TEST_CASE(a_moment_comes_while_nothing_else_does) {
  EventRig rig;
  rig.handler.on_handle = [&](const Request&) {
    rig.order(FrameKind::drain);
    return Response{.body = "late", .not_before = 5ms};
  };
  const UniqueFd client = rig.connect(get_request);
  BOOST_TEST(rig.run() == exit_done);
  BOOST_TEST(answer_of(heard_by(client)) == "200 late");
}

BOOST_AUTO_TEST_CASE(a_listener_that_was_shut_down_is_forgotten_when_the_server_stops) {
  EventRig rig;
  rig.handler.on_handle = [&](const Request&) {
    rig.memory.view().head->draining = 1;
    ::shutdown(rig.listener.get(), SHUT_RD);
    rig.order(FrameKind::drain);
    return Response{};
  };
  const UniqueFd client = rig.connect(last_request);
  BOOST_TEST(rig.run() == exit_done);
  for (const std::string& text : rig.told()) BOOST_TEST(text.find("accept") == text.npos);
}

BOOST_AUTO_TEST_SUITE_END()
