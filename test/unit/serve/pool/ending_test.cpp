#include "serve/pool/ending.hpp"

#include <boost/test/unit_test.hpp>
#include <csignal>

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(ending)

namespace {

using namespace brood;
using State = WorkerState;

constexpr TimePoint now{1'000'000'000'000};

constexpr int exited(int status) {
  return status << 8;
}

Slot worker_that(Intent intent, State state, int wait_status) {
  Slot worker;
  worker.pid = 1000;
  worker.intent = intent;
  worker.seen.state = state;
  worker.wait_status = wait_status;
  return worker;
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_who_left_on_a_strangers_sigterm_may_be_part_of_a_stop) {
  const struct {
    const char* name;
    Slot worker;
    bool want;
  } rows[] = {
      {"left on SIGTERM", worker_that(Intent::none, State::exit, exited(exit_terminated)), true},
      {"was told to", worker_that(Intent::drain_spare, State::exit, exited(exit_terminated)),
       false},
      {"its handler called exit()", worker_that(Intent::none, State::busy, exited(exit_terminated)),
       false},
      {"left for its quota", worker_that(Intent::none, State::exit, exited(exit_done)), false},
      {"killed", worker_that(Intent::none, State::exit, SIGTERM), false},
  };
  for (const auto& row : rows) BOOST_TEST(left_on_sigterm(row.worker) == row.want, row.name);
}

BOOST_AUTO_TEST_CASE(a_handler_has_failed_if_it_never_was_ready) {
  Slot worker = worker_that(Intent::none, State::init, exited(exit_handler_start));
  BOOST_TEST(is_failed_handler(worker));
  worker.ready_since = now;
  BOOST_TEST(!is_failed_handler(worker), "it was ready once, and the handler has exit codes too");
  BOOST_TEST(!is_failed_handler(worker_that(Intent::none, State::init, exited(1))));
  BOOST_TEST(!is_failed_handler(worker_that(Intent::none, State::init, SIGSEGV)));
}

BOOST_AUTO_TEST_CASE(who_is_replaced_and_why) {
  const struct {
    const char* name;
    Cause cause;
    bool succeeded;
    std::optional<Reason> want;
  } rows[] = {
      {"served its quota", Cause::recycled, false, Reason::recycled},
      {"crashed", Cause::crashed, false, Reason::replaced},
      {"hung", Cause::hung, false, Reason::replaced},
      {"was one too many", Cause::drained, false, std::nullopt},
      {"has a successor", Cause::recycled, true, std::nullopt},
      {"crashed while it finished", Cause::crashed, true, std::nullopt},
  };
  for (const auto& row : rows) {
    Slot worker;
    worker.succeeded = row.succeeded;
    BOOST_TEST((replacement_reason(worker, row.cause) == row.want), row.name);
  }
}

BOOST_AUTO_TEST_CASE(a_successor_is_made_for_those_that_were_to_go_on) {
  const struct {
    Intent intent;
    bool succeeded;
    bool want;
  } rows[] = {{Intent::none, false, true},
              {Intent::none, true, false},
              {Intent::ask_hung, false, true},
              {Intent::drain_spare, false, false},
              {Intent::kill_finishing, false, false},
              {Intent::drain_stop, false, false}};
  for (const auto& row : rows) {
    Slot worker;
    worker.intent = row.intent;
    worker.succeeded = row.succeeded;
    BOOST_TEST(worker.wants_successor() == row.want);
  }
}

BOOST_AUTO_TEST_CASE(an_ending_is_what_was_known_of_the_worker) {
  Slot worker = worker_that(Intent::ask_hung, State::busy, SIGKILL);
  worker.seen = {State::busy, 7, 2};
  worker.request_quota = 7;
  worker.asked = TimePoint{now.ns - 1};
  worker.asked_silence = 61s;
  worker.asked_request = "GET /slow HTTP/1.1";
  worker.offence = "it sent a command";

  const Ending ending = ending_of(worker, 5s, "", {}, now);
  BOOST_TEST(ending.quota_served);
  BOOST_TEST(ending.open == 2U);
  BOOST_TEST(!ending.was_ready);
  BOOST_TEST((ending.silence == 61s), "as it was when it was asked");
  BOOST_TEST(ending.request_line == "GET /slow HTTP/1.1", "and what it had in hand then");
  BOOST_TEST(ending.detail == "it sent a command");

  const Ending later = ending_of(worker, 70s, "GET /other HTTP/1.1", {}, now);
  BOOST_TEST((later.silence == 70s));
  BOOST_TEST(later.request_line == "GET /other HTTP/1.1");
  worker.request_quota = 8;
  BOOST_TEST(!ending_of(worker, 0s, "", {}, now).quota_served);
  worker.request_quota = 0;
  BOOST_TEST(!ending_of(worker, 0s, "", {}, now).quota_served, "there is none");
}

BOOST_AUTO_TEST_SUITE_END()
