// What becomes of a request whose server fails: the retry table's decision, carried out.
#include <algorithm>
#include <cerrno>
#include <utility>

#include "balance/forwarding/busy_server.hpp"
#include "balance/forwarding/exchange.hpp"
#include "balance/forwarding/forwarder.hpp"
#include "balance/forwarding/http_client.hpp"
#include "balance/forwarding/http_commons.hpp"
#include "os/shortage.hpp"

namespace brood {
Exchange::Flow Exchange::server_failed(TrafficSign sign, std::string_view how) {
  const RetryPhase reached = phase(sign);
  // A kept connection may be closed at any time: that says nothing of the server.
  if (reached != RetryPhase::sending_stale) forwarder_.saw(server_, sign);
  return fail(reached, is_idempotent_ || !was_sent_, how);
}

RetryPhase Exchange::phase(TrafficSign sign) const noexcept {
  if (has_answer_) return RetryPhase::forwarding;
  if (back_.in_response()) return RetryPhase::answering;
  if (sign == TrafficSign::timed_out) return RetryPhase::timed_out;
  if (connection_->was_kept()) return RetryPhase::sending_stale;
  if (!was_sent_) return RetryPhase::connecting;
  return back_.output().empty() && !streams_ ? RetryPhase::awaiting : RetryPhase::sending;
}

void Exchange::connect_failed(int error) {
  if (is_shortage(error)) return ran_short();
  const TimePoint now = forwarder_.loop().now();
  const TimePoint until = permitted_at_ + forwarder_.settings().connect_timeout;
  if (is_worth_another_try(error, now, until)) {
    stage_ = Stage::knocking;
    deadline_ = next_try(permitted_at_, now, until);
    return;
  }
  const bool is_busy = error == EAGAIN;
  if (!is_busy) forwarder_.saw(server_, TrafficSign::connect_failed);
  fail(RetryPhase::connecting, true, is_busy ? "its queue is full" : "connect failed");
}

/// Something of our own is missing. Nobody is to blame, and what a server may have seen is not sent
/// again.
void Exchange::ran_short() {
  constexpr std::string_view why = "out of descriptors, ports or memory";
  const bool may_be_seen = was_sent_;
  drop_server();
  give_back(Outcome::not_sent);
  if (has_answer_) return cut_answer(why);
  refuse(may_be_seen ? 502 : 503, why);
}

/// \param may_repeat it does no harm if the server has seen it.
Exchange::Flow Exchange::fail(RetryPhase reached, bool may_repeat, std::string_view how) {
  const TimePoint now = forwarder_.loop().now();
  drop_server();
  if (std::find(tried_.begin(), tried_.end(), server_) == tried_.end()) tried_.push_back(server_);
  RetryFacts facts{.phase = reached,
                   .is_idempotent = may_repeat,
                   .is_body_held = is_held_ || !was_sent_,
                   .has_other_server = forwarder_.router().has_other(tried_),
                   .sent_count = sent_count_};
  if (is_retry_paid(reached) && decide_retry(facts).verdict != RetryVerdict::answer)
    facts.has_budget =
        record_.retries < forwarder_.settings().retries_max && commons_.budget().may_retry(now);
  carry_out(decide_retry(facts), how);
  return Flow::turned;
}

void Exchange::carry_out(const RetryDecision& decision, std::string_view how) {
  const TimePoint now = forwarder_.loop().now();
  if (decision.verdict == RetryVerdict::answer) {
    give_back(has_answer_ ? Outcome::broken_off : Outcome::failed);
    if (decision.status != 0) return refuse(decision.status, how);
    return cut_answer(how);
  }
  ++record_.retries;
  record_.retry_reason = decision.reason;
  record_.connected = Duration{-1};
  wants_fresh_ = decision.verdict == RetryVerdict::same_server;
  if (wants_fresh_) {
    tried_.pop_back();
    stage_ = Stage::connecting;
    return;
  }
  join_queue(now);
  has_permit_ = false;
  forwarder_.dispatcher().move_on(*this, server_, now - permitted_at_, key(), tried_,
                                  decision.reason, now);
}

/// What the client has of the answer is all that it gets, and it must be able to see that.
void Exchange::cut_answer(std::string_view how) {
  record_.end = how;
  is_cut_ = true;
  front_.abort_response();
  stage_ = Stage::closing;
}

/// Whatever is under way at a server is of no use any more.
void Exchange::abandon() {
  // Only who has said all can have waited for the server.
  const bool has_waited =
      was_sent_ && !streams_ && back_.output().empty() && !has_answer_ && !back_.in_response();
  drop_server();
  give_back(has_waited ? Outcome::unanswered : Outcome::given_up);
}

void Exchange::drop_server() {
  if (connection_) forwarder_.loop().bury(std::move(connection_));
}

void Exchange::give_back(Outcome outcome) {
  if (!std::exchange(has_permit_, false)) return;
  const TimePoint now = forwarder_.loop().now();
  forwarder_.dispatcher().give_back(server_, outcome, now - permitted_at_, now);
}

}  // namespace brood
