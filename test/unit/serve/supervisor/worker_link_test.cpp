#include "serve/supervisor/worker_link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "os/channel.hpp"

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, ChannelEnd end) {
  constexpr const char* names[] = {"closed", "torn", "corrupt", "failed"};
  return out << names[static_cast<int>(end)];
}

}  // namespace brood

namespace {

using namespace brood;

/// A link whose worker's end is in the hands of the test.
struct Linked {
  Linked() {
    auto channel = open_channel();
    BOOST_TEST_REQUIRE(channel.has_value());
    worker_end = std::move(channel->worker_end);
    WorkerLink::Socket socket(context);
    socket.assign(boost::asio::local::stream_protocol(), channel->supervisor_end.release());
    link = std::make_shared<WorkerLink>(
        std::move(socket),
        [this](const Frame& frame) {
          kinds.push_back(frame.kind);
          notes += frame.note;
          if (close_at_frame) link->close();
          if (listen_at_frame) link->listen();
        },
        [this](ChannelEnd how) {
          BOOST_TEST(!end.has_value(), "it ends once");
          end = how;
        });
    link->read_to_end();
  }

  void send(std::span<const std::uint8_t> bytes) {
    BOOST_TEST((send_whole(worker_end.get(), bytes) == Transfer::done));
  }
  void send(FrameKind kind) { send(encode_status(kind)); }
  void run() {
    context.restart();
    context.poll();
  }

  boost::asio::io_context context;
  UniqueFd worker_end;
  std::shared_ptr<WorkerLink> link;
  std::vector<FrameKind> kinds;
  std::string notes;
  std::optional<ChannelEnd> end;
  bool close_at_frame = false;
  bool listen_at_frame = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(worker_link, Linked)

BOOST_AUTO_TEST_CASE(frames_come_in_order_then_the_end) {
  std::vector<FrameKind> want;
  for (int count = 0; count < 100; ++count) {
    want.push_back(count % 2 == 0 ? FrameKind::idle : FrameKind::busy);
    send(want.back());
  }
  worker_end.reset();
  run();
  BOOST_TEST((kinds == want));
  BOOST_TEST_REQUIRE(end.has_value());
  BOOST_TEST(*end == ChannelEnd::closed);
}

BOOST_AUTO_TEST_CASE(a_frame_in_pieces_is_one_frame) {
  std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
  const std::size_t size = encode_note("in pieces", bytes);
  for (std::size_t at = 0; at < size; ++at) {
    send(std::span<const std::uint8_t>(&bytes[at], 1));
    run();
  }
  BOOST_TEST(notes == "in pieces");
  BOOST_TEST(!end.has_value());
}

BOOST_AUTO_TEST_CASE(who_listens_again_inside_a_frames_answer_misses_nothing) {
  listen_at_frame = true;
  std::string want;
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    std::array<std::uint8_t, frame_header_size + note_size_max> bytes;
    const std::string text(90, letter);
    send(std::span(bytes).first(encode_note(text, bytes)));
    want += text;
  }
  run();
  BOOST_TEST(notes == want);
  BOOST_TEST(!end.has_value());
}

BOOST_AUTO_TEST_CASE(an_end_inside_a_frame_is_torn) {
  const StatusFrameBytes bytes = encode_status(FrameKind::init);
  send(std::span(bytes).first(11));
  worker_end.reset();
  run();
  BOOST_TEST(kinds.empty());
  BOOST_TEST_REQUIRE(end.has_value());
  BOOST_TEST(*end == ChannelEnd::torn);
}

BOOST_AUTO_TEST_CASE(what_is_no_frame_is_corrupt_and_nothing_after_it_is_heard) {
  send(FrameKind::init);
  const std::uint8_t garbage[] = {'G', 'E', 'T', ' ', '/', '\r', '\n', '\r', '\n'};
  send(garbage);
  send(FrameKind::idle);
  run();
  BOOST_TEST((kinds == std::vector{FrameKind::init}));
  BOOST_TEST_REQUIRE(end.has_value());
  BOOST_TEST(*end == ChannelEnd::corrupt);
  BOOST_TEST((send_whole(worker_end.get(), encode_status(FrameKind::idle)) == Transfer::closed));
}

BOOST_AUTO_TEST_CASE(after_close_nothing_is_heard) {
  send(FrameKind::init);
  link->close();
  run();
  BOOST_TEST(kinds.empty());
  BOOST_TEST(!end.has_value());
}

BOOST_AUTO_TEST_CASE(closing_inside_a_frames_answer_is_the_last_that_is_heard) {
  close_at_frame = true;
  send(FrameKind::init);
  send(FrameKind::idle);
  run();
  BOOST_TEST(kinds.size() == 1U);
  BOOST_TEST(!end.has_value());
}

BOOST_AUTO_TEST_CASE(a_command_reaches_the_worker) {
  link->send(FrameKind::drain);
  std::array<std::uint8_t, 64> bytes;
  std::span<std::uint8_t> room(bytes);
  BOOST_TEST((receive_some(worker_end.get(), room) == Transfer::done));
  const StatusFrameBytes want = encode_status(FrameKind::drain);
  BOOST_TEST(std::vector(room.begin(), room.end()) == std::vector(want.begin(), want.end()),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_worker_that_does_not_read_its_commands_holds_nobody_up) {
  for (int count = 0; count < 100'000; ++count) link->send(FrameKind::idle);
  worker_end.reset();
  link->send(FrameKind::idle);
  run();
  BOOST_TEST(end.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
