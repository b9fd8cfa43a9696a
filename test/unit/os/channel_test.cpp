#include "os/channel.hpp"

#include <fcntl.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "os/descriptor_limit.hpp"

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, Transfer transfer) {
  constexpr const char* names[] = {"done", "would_block", "closed", "failed"};
  return out << names[static_cast<int>(transfer)];
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(channel)

namespace {

using namespace brood;
using FrameBytes = std::array<std::uint8_t, 32>;

Channel opened() {
  auto channel = open_channel();
  BOOST_TEST_REQUIRE(channel.has_value());
  return std::move(*channel);
}

/// Receives once, at most `most` bytes.
std::pair<Transfer, std::vector<std::uint8_t>> receive(int fd, std::size_t most = 4096) {
  std::vector<std::uint8_t> bytes(most);
  std::span<std::uint8_t> room(bytes);
  const Transfer how = receive_some(fd, room);
  bytes.resize(how == Transfer::done ? room.size() : 0);
  return {how, bytes};
}

/// Sends until the peer's buffer is full. \return how many frames went.
std::size_t fill(int fd, const FrameBytes& frame) {
  for (std::size_t count = 0; count < 1'000'000; ++count) {
    const Transfer how = send_whole(fd, frame);
    if (how == Transfer::done) continue;
    BOOST_TEST(how == Transfer::would_block);
    return count;
  }
  BOOST_ERROR("never full");
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_ends_close_on_exec_and_never_wait) {
  const Channel channel = opened();
  for (const int fd : {channel.supervisor_end.get(), channel.worker_end.get()}) {
    BOOST_TEST((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
  }
}

BOOST_AUTO_TEST_CASE(bytes_go_both_ways) {
  const Channel channel = opened();
  const int ends[] = {channel.supervisor_end.get(), channel.worker_end.get()};
  for (const int from : {0, 1}) {
    const FrameBytes frame{static_cast<std::uint8_t>(from), 2, 3};
    BOOST_TEST(send_whole(ends[from], frame) == Transfer::done);
    const auto [how, bytes] = receive(ends[1 - from]);
    BOOST_TEST(how == Transfer::done);
    BOOST_TEST(bytes == std::vector<std::uint8_t>(frame.begin(), frame.end()),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_received_the_next_time) {
  const Channel channel = opened();
  send_whole(channel.worker_end.get(), FrameBytes{});
  BOOST_TEST(receive(channel.supervisor_end.get(), 20).second.size() == 20U);
  BOOST_TEST(receive(channel.supervisor_end.get(), 20).second.size() == 12U);
  BOOST_TEST(receive(channel.supervisor_end.get(), 20).first == Transfer::would_block);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read_gets_whole_frames_or_none) {
  const Channel channel = opened();
  const FrameBytes frame{1, 2, 3};
  const std::size_t sent = fill(channel.worker_end.get(), frame);
  BOOST_TEST(sent > 100U);
  std::size_t received = 0;
  for (;;) {
    const auto [how, bytes] = receive(channel.supervisor_end.get());
    if (how != Transfer::done) break;
    received += bytes.size();
  }
  BOOST_TEST(received == sent * frame.size());
  BOOST_TEST(send_whole(channel.worker_end.get(), frame) == Transfer::done, "there is room again");
}

BOOST_AUTO_TEST_CASE(a_closed_peer_shows_in_both_directions_and_raises_no_signal) {
  Channel channel = opened();
  ::signal(SIGPIPE, SIG_DFL);  // It would end this program.
  send_whole(channel.worker_end.get(), FrameBytes{});
  channel.worker_end.reset();
  const int fd = channel.supervisor_end.get();
  BOOST_TEST(send_whole(fd, FrameBytes{}) == Transfer::closed);
  BOOST_TEST(receive(fd).second.size() == 32U, "what was sent before still comes");
  BOOST_TEST(receive(fd).first == Transfer::closed);
}

BOOST_AUTO_TEST_CASE(a_peer_that_closed_without_reading_is_closed_not_failed) {
  Channel channel = opened();
  send_whole(channel.supervisor_end.get(), FrameBytes{});
  channel.worker_end.reset();  // The kernel reports it once as a reset.
  BOOST_TEST(receive(channel.supervisor_end.get()).first == Transfer::closed);
  BOOST_TEST(receive(channel.supervisor_end.get()).first == Transfer::closed);
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_fails) {
  BOOST_TEST(send_whole(-1, FrameBytes{}) == Transfer::failed);
  BOOST_TEST(receive(-1).first == Transfer::failed);
}

BOOST_AUTO_TEST_CASE(without_descriptors_there_is_a_failure_that_says_so) {
  // UBSan looks at a category's type once, and needs descriptors for it.
  BOOST_TEST(failure_from_errno("warm up").code.category().name() == std::string("system"));
  const DescriptorLimit before = descriptor_limit();
  DescriptorLimit none = before;
  none.rlim_cur = 0;
  set_descriptor_limit(none);
  const auto channel = open_channel();
  set_descriptor_limit(before);
  BOOST_TEST_REQUIRE(!channel.has_value());
  BOOST_TEST(channel.error().code.value() == EMFILE);
  BOOST_TEST(channel.error().text() == "socketpair: Too many open files");
}

BOOST_AUTO_TEST_SUITE_END()
