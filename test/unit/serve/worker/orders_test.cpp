#include "serve/worker/orders.hpp"

#include <boost/test/unit_test.hpp>

#include "unit/serve/worker/listening_rig.hpp"

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(orders)

namespace {

struct OrdersRig : ListeningRig {
  std::atomic<std::uint32_t> given{0};
  Orders orders{place.channel_fd, given};
};

}  // namespace

BOOST_AUTO_TEST_CASE(nobody_serves_before_the_acknowledgement) {
  OrdersRig rig;
  BOOST_TEST(rig.orders.wait_for_acknowledgement());
  BOOST_TEST(!rig.orders.leaving());
}

BOOST_AUTO_TEST_CASE(nor_after_a_drain_that_came_with_it) {
  OrdersRig rig;
  rig.order(FrameKind::drain);
  BOOST_TEST(!rig.orders.wait_for_acknowledgement());
  BOOST_TEST(!rig.orders.terminated());
  BOOST_TEST(!rig.orders.broken());
}

BOOST_AUTO_TEST_CASE(a_waiting_client_names_its_listener) {
  OrdersRig rig;
  BOOST_TEST(rig.orders.wait_for_acknowledgement());
  BOOST_TEST(rig.orders.watch(rig.place.listener_fds, true));
  BOOST_TEST(rig.orders.wait_for_client(lived_now()).empty());
  const UniqueFd client = rig.connect("");
  BOOST_REQUIRE(rig.orders.wait_for_client().size() == 1U);
  BOOST_TEST(rig.orders.wait_for_client()[0] == rig.listener.get());
  rig.orders.forget(rig.listener.get());
  BOOST_TEST(rig.orders.wait_for_client(lived_now()).empty());
}

BOOST_AUTO_TEST_CASE(a_nudge_and_a_drain_name_all_listeners) {
  for (const FrameKind order : {FrameKind::idle, FrameKind::drain}) {
    OrdersRig rig;
    BOOST_TEST(rig.orders.wait_for_acknowledgement());
    BOOST_TEST(rig.orders.watch(rig.place.listener_fds, false));
    rig.order(order);
    BOOST_TEST(rig.orders.wait_for_client().size() == 1U);
    BOOST_TEST(rig.orders.leaving() == (order == FrameKind::drain));
  }
}

BOOST_AUTO_TEST_CASE(a_wait_ends_by_what_comes_first) {
  OrdersRig rig;
  BOOST_TEST(rig.orders.wait_for_acknowledgement());
  SocketPair client;
  const int fd = client.ours.get();
  BOOST_TEST((rig.orders.wait(fd, POLLIN, lived_now()) == Orders::Wait::timed_out));
  BOOST_REQUIRE(::send(client.theirs.get(), "x", 1, 0) == 1);
  BOOST_TEST((rig.orders.wait(fd, POLLIN, never) == Orders::Wait::ready));
  rig.order(FrameKind::drain);
  BOOST_TEST((rig.orders.wait(-1, 0, never) == Orders::Wait::ordered));
  // Once: from now on it waits in spite of the order.
  BOOST_TEST((rig.orders.wait(-1, 0, lived_now()) == Orders::Wait::timed_out));
}

BOOST_AUTO_TEST_CASE(a_lost_client_ends_the_wait_for_another_descriptor) {
  OrdersRig rig;
  BOOST_TEST(rig.orders.wait_for_acknowledgement());
  SocketPair source, client;
  client.theirs.reset();
  BOOST_TEST(
      (rig.orders.wait(source.ours.get(), POLLIN, never, client.ours.get()) == Orders::Wait::lost));
}

BOOST_AUTO_TEST_CASE(it_is_told_once_that_it_leaves) {
  OrdersRig rig;
  int told = 0;
  rig.orders.on_leaving([&] { ++told; });
  rig.order(FrameKind::drain);
  rig.order(FrameKind::drain);
  rig.orders.read_commands();
  rig.orders.terminate();
  BOOST_TEST(told == 1);
  BOOST_TEST(rig.orders.terminated());
}

BOOST_AUTO_TEST_CASE(a_look_costs_nothing_unless_page_0_tells_of_orders) {
  OrdersRig rig;
  BOOST_TEST(rig.orders.wait_for_acknowledgement());
  const TimePoint now = lived_now();
  rig.order(FrameKind::drain);
  rig.orders.look(now);
  BOOST_TEST(!rig.orders.leaving());
  rig.given = 1;
  rig.orders.look(now);
  BOOST_TEST(rig.orders.leaving());
}

BOOST_AUTO_TEST_CASE(frames_that_make_no_sense_are_the_end) {
  OrdersRig rig;
  const std::string nonsense(64, 'x');
  BOOST_REQUIRE(::send(rig.channel.ours.get(), nonsense.data(), nonsense.size(), 0) == 64);
  rig.orders.read_commands();
  BOOST_TEST(rig.orders.leaving());
  rig.orders.read_commands();
  BOOST_TEST(rig.orders.broken());
}

BOOST_AUTO_TEST_CASE(a_thread_hears_of_it_by_the_end_of_its_relay) {
  SocketPair relay;
  std::atomic<std::uint32_t> given{0};
  Orders orders = Orders::relayed(relay.theirs.get(), given);
  relay.ours.reset();
  orders.read_commands();
  BOOST_TEST(orders.leaving());
  BOOST_TEST(!orders.broken());
}

BOOST_AUTO_TEST_SUITE_END()
