// An attempt whose server and client take and give in pieces of any size, block and have pauses at
// any step: the server gets the request and the client the answer, each whole and once.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "balance/forwarding/attempt.hpp"
#include "base/random.hpp"

BOOST_AUTO_TEST_SUITE(attempt_random)

namespace {

using namespace brood;
using Action = Attempt::Action;
using Event = Attempt::Event;
using Kind = Event::Kind;

constexpr TimePoint start{1'000'000'000'000};

/// Both sides of an attempt, by the numbers of a generator.
class Sides {
 public:
  Sides(std::uint64_t seed, bool is_chunked)
      : random_(seed), body_(1 + below(300'000), 'b'), is_chunked_(is_chunked) {
    for (char& byte : body_) byte = static_cast<char>('a' + below(26));
    const std::size_t held = below(body_.size());
    rest_ = std::string_view(body_).substr(held);
    answer_ =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n" + body_;
    OutgoingRequest request{.method = "PUT", .target = "/", .host = "a", .is_chunked = is_chunked};
    if (!is_chunked) request.content_length = body_.size();
    attempt_.start({.request = request,
                    .held = std::string_view(body_).substr(0, held),
                    .is_held = false,
                    .permitted_at = start},
                   start);
  }

  /// Until it is over. \return whether it is answered.
  bool run() {
    Event event;
    for (int count = 0; count < 1'000'000; ++count) {
      const Action action = attempt_.resume(event, start);
      if (action == Action::answered || action == Action::failed) return action == Action::answered;
      event = carry_out(action);
    }
    return false;
  }
  bool is_request_whole() const {
    return is_chunked_ ? sent_.ends_with("0\r\n\r\n") && without_framing() == body_
                       : sent_.ends_with("\r\n\r\n" + body_);
  }
  bool is_answer_whole() const { return passed_ == body_; }

 private:
  std::size_t below(std::size_t bound) { return random_.below(static_cast<std::uint32_t>(bound)); }
  bool happens(std::size_t one_in) { return below(one_in) == 0; }

  Event carry_out(Action action) {
    switch (action) {
      case Action::take_body: return happens(20) ? Event{.kind = Kind::paused} : take_body();
      case Action::receive_body:
        if (happens(3)) return {.kind = Kind::blocked};
        there_ = 1 + below(std::max<std::size_t>(rest_.size(), 1));
        return {.kind = Kind::received_body};
      case Action::send: return send();
      case Action::receive: return receive();
      case Action::head: return {.kind = Kind::passed, .size = 1};
      case Action::body:
        passed_ += attempt_.session().body_piece();
        return {.kind = Kind::passed, .size = 1};
      case Action::wait: return {};
      default: BOOST_FAIL("nothing to carry out"); return {};
    }
  }
  Event take_body() {
    if (there_ == 0) return {.kind = Kind::needs_bytes};
    if (rest_.empty()) return {.kind = Kind::body_ended};
    const std::string_view piece = rest_.substr(0, 1 + below(there_));
    rest_.remove_prefix(piece.size());
    there_ -= std::min(there_, piece.size());
    return {.kind = Kind::body, .text = piece};
  }
  Event send() {
    if (happens(4)) return {.kind = happens(2) ? Kind::blocked : Kind::paused};
    const std::string_view output = attempt_.session().output();
    const std::string_view some = output.substr(0, 1 + below(output.size()));
    sent_ += some;
    return {.kind = Kind::sent, .size = some.size()};
  }
  /// It answers when it has had everything.
  Event receive() {
    if (happens(4)) return {.kind = Kind::paused};
    if (!is_request_whole() || happens(4)) return {.kind = Kind::blocked};
    const std::span<char> space = attempt_.session().space();
    const std::size_t size = std::min({space.size(), answer_.size() - told_, 1 + below(70'000)});
    std::copy_n(answer_.begin() + static_cast<std::ptrdiff_t>(told_), size, space.begin());
    told_ += size;
    return {.kind = Kind::received, .size = size};
  }
  std::string without_framing() const {
    std::string body;
    std::size_t at = sent_.find("\r\n\r\n") + 4;
    for (;;) {
      const std::size_t size = std::stoul(sent_.substr(at, 8), nullptr, 16);
      at = sent_.find("\r\n", at) + 2;
      if (size == 0) return body;
      body += sent_.substr(at, size);
      at += size + 2;
    }
  }

  SplitMix random_;
  Attempt attempt_{SessionLimits{}};
  std::string body_;
  std::string_view rest_;  ///< Of the request's body, that is not held.
  std::size_t there_ = 0;  ///< Of that, so much was received.
  std::string answer_;
  std::size_t told_ = 0;
  std::string sent_;
  std::string passed_;
  bool is_chunked_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(both_sides_get_everything_however_it_is_cut) {
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    for (const bool is_chunked : {false, true})
      BOOST_TEST_CONTEXT("seed " << seed << ", chunked " << is_chunked) {
        Sides sides(seed, is_chunked);
        BOOST_TEST(sides.run());
        BOOST_TEST(sides.is_request_whole());
        BOOST_TEST(sides.is_answer_whole());
      }
}

BOOST_AUTO_TEST_SUITE_END()
