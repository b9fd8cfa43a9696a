#include "balance/routing/retry.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace brood {
namespace {

/// What each phase allows. The rows are in the order of RetryPhase.
struct Rule {
  enum class Whom : std::uint8_t { anyone, idempotent, nobody };

  RetryPhase phase;
  Whom whom;             ///< Which requests may be sent again.
  bool needs_body;       ///< Some of the body may be gone.
  bool is_paid;          ///< A server may have worked for it in vain.
  RetryVerdict verdict;  ///< For those that may.
  int status;            ///< For those that may not.
  std::string_view again;
  std::string_view not_again;
};

using enum Rule::Whom;
using enum RetryVerdict;

constexpr std::array<Rule, 7> rules = {{
    {RetryPhase::connecting, anyone, false, false, elsewhere, 503,  //
     "nothing was sent", "nobody else can be reached"},
    {RetryPhase::sending_stale, idempotent, true, false, same_server, 502,
     "a kept connection was closed", "a closed connection may have taken some of it"},
    {RetryPhase::sending, idempotent, true, true, elsewhere, 502,  //
     "lost while it was sent", "a server may have seen some of it"},
    {RetryPhase::awaiting, idempotent, true, true, elsewhere, 502,  //
     "no answer came", "a server may have acted on it"},
    {RetryPhase::timed_out, nobody, true, true, elsewhere, 504,  //
     "", "the server's time is over"},
    {RetryPhase::answering, idempotent, true, true, elsewhere, 502,
     "the answer broke off before the client saw any", "a server has acted on it"},
    {RetryPhase::forwarding, nobody, true, true, elsewhere, 0,  //
     "", "the client has some of the answer"},
}};

constexpr const Rule& rule_of(RetryPhase phase) noexcept {
  return rules[static_cast<std::size_t>(phase)];
}

constexpr bool is_in_order() noexcept {
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (rules[i].phase != static_cast<RetryPhase>(i)) return false;
  return true;
}
static_assert(is_in_order());

constexpr double budget_seconds = 10;  ///< How long a request counts (Finagle's default).

}  // namespace

RetryDecision decide_retry(const RetryFacts& facts) noexcept {
  const Rule& rule = rule_of(facts.phase);
  const auto answer = [&](std::string_view reason) {
    return RetryDecision{.verdict = RetryVerdict::answer, .status = rule.status, .reason = reason};
  };
  if (rule.whom == nobody) return answer(rule.not_again);
  if (rule.whom == idempotent && !facts.is_idempotent) return answer(rule.not_again);
  if (rule.needs_body && !facts.is_body_held) return answer("its body is no longer held");
  if (rule.is_paid && facts.sent_count >= sent_count_max) return answer("it has failed too often");
  if (rule.is_paid && !facts.has_budget) return answer("the budget of retries is spent");
  if (rule.verdict == elsewhere && !facts.has_other_server)
    return answer("nobody else can be reached");
  return {.verdict = rule.verdict, .status = 0, .reason = rule.again};
}

bool is_retry_paid(RetryPhase phase) noexcept {
  return rule_of(phase).is_paid;
}

bool is_idempotent(std::string_view method) noexcept {
  constexpr std::array<std::string_view, 6> methods = {"GET",    "HEAD",    "PUT",
                                                       "DELETE", "OPTIONS", "TRACE"};
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

RetryBudget::RetryBudget(double share, double floor_per_second, TimePoint now) noexcept
    : share_(share), floor_(floor_per_second * budget_seconds), faded_at_(now) {}

/// Fades both counts to 1/e in budget_seconds; ten times a second is often enough.
void RetryBudget::fade(TimePoint now) noexcept {
  const double passed = std::chrono::duration<double>(now - faded_at_).count();
  if (passed < 0.1) return;
  const double kept = std::exp(-passed / budget_seconds);
  requests_ *= kept;
  retries_ *= kept;
  faded_at_ = now;
}

void RetryBudget::requested(TimePoint now) noexcept {
  fade(now);
  requests_ += 1;
}

bool RetryBudget::may_retry(TimePoint now) noexcept {
  fade(now);
  if (retries_ + 1 > share_ * requests_ + floor_) return false;
  retries_ += 1;
  return true;
}

}  // namespace brood
