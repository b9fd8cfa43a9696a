#pragma once
// What a worker's pieces stand on, without a process: a page, a channel whose other end the test
// holds, a handler that does as it is told, and a client that is a script.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <brood/handler.hpp>
#include <cerrno>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/socket.hpp"
#include "os/lived_clock.hpp"
#include "os/scoreboard_memory.hpp"
#include "os/worker_spec.hpp"
#include "serve/worker/conversation.hpp"
#include "wire/frame.hpp"

namespace brood {

struct SocketPair {
  UniqueFd ours, theirs;

  explicit SocketPair(int flags = SOCK_NONBLOCK) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0, ends.data()) == 0);
    ours = UniqueFd(ends[0]);
    theirs = UniqueFd(ends[1]);
  }
};

/// As its members say; each may be replaced.
class ScriptedHandler final : public Handler {
 public:
  std::function<Admission(const Request&)> on_admit = [](const Request&) { return Admission{}; };
  std::function<Response(const Request&)> on_handle = [](const Request&) {
    return Response{.body = "hello\n"};
  };
  std::vector<std::string> handled;  ///< Method and target.

  Admission admit(const Request& request) override { return on_admit(request); }
  Response handle(const Request& request) override {
    handled.push_back(std::string(request.method) + ' ' + std::string(request.target));
    return on_handle(request);
  }
};

/// A place in a pool of one, and what the supervisor would see of whoever works there.
struct ScriptedPlace {
  ScoreboardMemory memory = [] {
    auto made = ScoreboardMemory::create(2);
    BOOST_REQUIRE(made.has_value());
    return std::move(*made);
  }();
  SocketPair channel;  // Ours is the supervisor's.
  WorkerPlace place{
      {.slot = 0, .channel_fd = channel.theirs.get(), .listener_fds = {}, .queue_fds = {}},
      memory.view()};

  ScriptedPlace() { memory.view().head->slot_count = 2; }

  SlotPage& page() const { return memory.view().slots[0]; }
  WorkerSnapshot shown() const { return page().state.load(); }
  void order(FrameKind command) const {
    const StatusFrameBytes bytes = encode_status(command);
    BOOST_REQUIRE(::send(channel.ours.get(), bytes.data(), bytes.size(), 0) > 0);
  }
  /// What the worker has sent since: states by name, and the texts of its notes.
  std::vector<std::string> told() const {
    std::vector<std::string> told;
    std::array<std::uint8_t, 4096> bytes;
    FrameDecoder decoder;
    for (;;) {
      const ssize_t size = ::recv(channel.ours.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size <= 0) return told;
      std::span<const std::uint8_t> input(bytes.data(), static_cast<std::size_t>(size));
      Frame frame;
      while (decoder.resume(input, frame) == FrameDecoder::Step::frame)
        told.push_back(frame.kind == FrameKind::note ? std::string(frame.note)
                                                     : name_of(frame.kind));
    }
  }

 private:
  static std::string name_of(FrameKind kind) {
    switch (kind) {
      case FrameKind::init: return "INIT";
      case FrameKind::idle: return "IDLE";
      case FrameKind::busy: return "BUSY";
      case FrameKind::exit: return "EXIT";
      default: return "?";
    }
  }
};

/// What a conversation works with.
struct WorkerRig : ScriptedPlace {
  WorkerSettings settings;
  ScriptedHandler handler;
  Report report{place};
  SocketPair relay;
  std::atomic<std::uint32_t> orders_given{0};
  Orders orders = Orders::relayed(relay.theirs.get(), orders_given);
  WorkerContext context{.settings = settings,
                        .handler = handler,
                        .report = report,
                        .orders = orders,
                        .now = lived_now()};

  std::uint64_t entries() const { return page().entries; }
  std::uint64_t errors() const { return page().errors; }
  std::uint32_t in_flight() const { return page().in_flight; }
};

/// The client's side of a connection, as a script: what is received next, and how much is taken.
struct ClientScript {
  struct Piece {
    std::string bytes;
    int error = 0;  ///< Instead of bytes; neither: the end.
  };
  std::deque<Piece> input;
  std::string heard;
  std::size_t room = ~std::size_t{0};  ///< Of what it takes; beyond: EAGAIN.
  int send_error = 0;                  ///< Once there is no room.
  int sends = 0;
};

class ScriptedTransport final : public Transport {
 public:
  explicit ScriptedTransport(ClientScript& script) noexcept : script_(script) {}

  ssize_t receive(int, std::span<char> space) noexcept override {
    if (script_.input.empty()) return fail(EAGAIN);
    ClientScript::Piece& next = script_.input.front();
    if (next.error != 0) return fail(next.error);
    const std::size_t size = next.bytes.copy(space.data(), space.size());
    next.bytes.erase(0, size);
    if (next.bytes.empty() && size > 0) script_.input.pop_front();
    return static_cast<ssize_t>(size);
  }
  ssize_t send(int, std::string_view first, std::string_view second, int) noexcept override {
    ++script_.sends;
    const std::string both = std::string(first) + std::string(second);
    return take(both);
  }
  ssize_t send_file(int, int file, off_t offset, std::size_t size) noexcept override {
    ++script_.sends;
    std::string bytes(std::min(size, script_.room), '\0');
    if (bytes.empty()) return take("x");
    const ssize_t read = ::pread(file, bytes.data(), bytes.size(), offset);
    if (read <= 0) return read;
    return take({bytes.data(), static_cast<std::size_t>(read)});
  }
  bool holds_input() const noexcept override { return false; }

 private:
  static ssize_t fail(int error) noexcept {
    errno = error;
    return -1;
  }
  ssize_t take(std::string_view bytes) noexcept {
    const std::size_t size = std::min(bytes.size(), script_.room);
    if (size == 0) return fail(script_.send_error != 0 ? script_.send_error : EAGAIN);
    script_.heard += bytes.substr(0, size);
    script_.room -= size;
    return static_cast<ssize_t>(size);
  }

  ClientScript& script_;
};

/// A conversation with a scripted client.
struct Talk {
  explicit Talk(WorkerRig& given, bool is_kept = false) : rig(given) {
    const WorkerSettings& settings = rig.settings;
    conversation.start(
        socket, is_kept,
        rig.context.now + (is_kept ? settings.keep_alive_timeout : settings.header_timeout));
  }

  void hears(std::string bytes) {
    script.input.push_back({std::move(bytes), 0});
    socket.expect_input();
  }
  void is_lost(int error = ECONNRESET) {
    script.input.push_back({{}, error});
    socket.note(EPOLLIN | EPOLLHUP | EPOLLERR);
  }
  void ends() {
    script.input.push_back({});
    socket.note(EPOLLIN | EPOLLRDHUP);
  }
  /// The client sends this, and the conversation goes on.
  Awaited say(std::string bytes) {
    hears(std::move(bytes));
    return conversation.advance();
  }
  /// What was awaited last has not come in time.
  Awaited late(const Awaited& awaited) {
    rig.context.now = awaited.deadline;
    conversation.timed_out();
    return conversation.advance();
  }
  /// What has come from the server since.
  std::string heard() { return std::exchange(script.heard, {}); }

  WorkerRig& rig;
  ClientScript script;
  SocketPair pair;  // What is asked of the kernel; no byte goes through it.
  Socket socket{std::move(pair.ours), std::make_unique<ScriptedTransport>(script)};
  Conversation conversation{rig.context};
};

/// "200 hello\n" of a whole answer, the status and the body.
inline std::string answer_of(const std::string& text) {
  const auto body = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || body == text.npos) return "no answer: " + text;
  return text.substr(9, 3) + ' ' + text.substr(body + 4);
}

inline const std::string get_request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

inline std::ostream& operator<<(std::ostream& out, Awaited::What what) {
  static constexpr const char* names[]{"request", "head", "body",    "taking", "source",
                                       "moment",  "turn", "closing", "nothing"};
  return out << names[static_cast<std::size_t>(what)];
}

}  // namespace brood
