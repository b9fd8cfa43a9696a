#include "serve/pool/death.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <iterator>
#include <ostream>
#include <string>

using namespace std::chrono_literals;

namespace brood {

// Found by Boost.Test through argument-dependent lookup.
static std::ostream& operator<<(std::ostream& out, Cause cause) {
  return out << to_string(cause);
}

}  // namespace brood

BOOST_AUTO_TEST_SUITE(death)

namespace {

using namespace brood;

// As wait(2) gives them.
constexpr int exited(int status) {
  return status << 8;
}
constexpr int signalled(int number) {
  return number;
}
constexpr int core_dumped = 0x80;

constexpr Intent all_intents[] = {
    Intent::none,          Intent::drain_spare, Intent::drain_stop,
    Intent::ask_hung,      Intent::kill_hung,   Intent::kill_stop,
    Intent::kill_protocol, Intent::kill_mute,   Intent::kill_finishing};
constexpr Cause all_causes[] = {Cause::recycled,   Cause::drained, Cause::stopped,
                                Cause::terminated, Cause::hung,    Cause::protocol,
                                Cause::crashed,    Cause::killed,  Cause::out_of_memory,
                                Cause::exited,     Cause::cut};

/// An Ending in short.
struct Given {
  Intent intent = Intent::none;
  int status = 0;
  bool quota_served = false;
  bool out_of_memory = false;
  Duration silence{0};
  std::string request = {};
  std::string detail = {};
  WorkerState state = WorkerState::exit;
  Duration finished_for{0};
  bool was_ready = true;

  Ending ending() const {
    return {.intent = intent,
            .wait_status = status,
            .state = state,
            .was_ready = was_ready,
            .quota_served = quota_served,
            .out_of_memory = out_of_memory,
            .silence = silence,
            .finished_for = finished_for,
            .request_line = request,
            .detail = detail};
  }
};

Cause cause(const Given& given) {
  return cause_of(given.ending());
}
std::string text(const Given& given) {
  return describe(given.ending());
}

struct Row {
  const char* name;
  Given given;
  Cause want;
  std::string want_text;
};

template <std::size_t n>
void check_rows(const Row (&rows)[n]) {
  for (const Row& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(cause(row.given) == row.want);
    BOOST_TEST(text(row.given) == row.want_text);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(who_leaves_by_itself_has_its_reason) {
  const Row rows[] = {
      {"quota served", {.status = exited(0), .quota_served = true}, Cause::recycled, "recycled"},
      {"told to leave, a spare too many",
       {.intent = Intent::drain_spare, .status = exited(0)},
       Cause::drained,
       "drained (idle above max-spare)"},
      {"told to leave with its quota served",
       {.intent = Intent::drain_spare, .status = exited(0), .quota_served = true},
       Cause::drained,
       "drained (idle above max-spare)"},
      {"the server stops",
       {.intent = Intent::drain_stop, .status = exited(0)},
       Cause::stopped,
       "stopped"},
      {"the server stops, its quota served",
       {.intent = Intent::drain_stop, .status = exited(0), .quota_served = true},
       Cause::stopped,
       "stopped"},
      {"the server stops by a signal to the whole group",
       {.intent = Intent::drain_stop, .status = exited(75)},
       Cause::stopped,
       "stopped"},
      {"the server stops at once, but it left before",
       {.intent = Intent::kill_stop, .status = exited(0)},
       Cause::stopped,
       "stopped"},
      {"a SIGTERM of its own",
       {.status = exited(75)},
       Cause::terminated,
       "terminated (SIGTERM from outside)"},
      {"a SIGTERM at its start, of whomever",
       {.status = exited(75), .was_ready = false},
       Cause::terminated,
       "terminated (SIGTERM before it was ready)"},
      {"a SIGTERM of its own while it was drained",
       {.intent = Intent::drain_spare, .status = exited(75)},
       Cause::drained,
       "drained (idle above max-spare)"},
      {"asked to leave for its silence",
       {.intent = Intent::ask_hung, .status = exited(0), .silence = 61'500ms},
       Cause::hung,
       "left when asked (no progress for 61s)"},
      {"asked to leave for its silence, its request known",
       {.intent = Intent::ask_hung,
        .status = exited(0),
        .silence = 61s,
        .request = "GET /slow HTTP/1.1"},
       Cause::hung,
       "left when asked (no progress for 61s: GET /slow HTTP/1.1)"},
      {"a handler that exits as if by SIGTERM",
       {.status = exited(75), .state = WorkerState::init},
       Cause::exited,
       "exited 75"},
      {"a handler that exits in its last request",
       {.status = exited(0), .quota_served = true, .state = WorkerState::busy},
       Cause::exited,
       "exited 0"},
      {"its slot was needed, and it left before the kill",
       {.intent = Intent::kill_finishing, .status = exited(0)},
       Cause::cut,
       "left (its slot was needed)"},
      {"unasked", {.status = exited(0)}, Cause::exited, "exited 0"},
      {"unasked, a request in hand",
       {.status = exited(0), .request = "GET / HTTP/1.1"},
       Cause::exited,
       "exited 0: GET / HTTP/1.1"},
  };
  check_rows(rows);
}

BOOST_AUTO_TEST_CASE(a_status_of_failure_is_shown_whatever_was_meant) {
  for (const Intent intent : all_intents)
    for (const int status : {1, 3, 70, 71, 255})
      for (const bool quota_served : {false, true}) {
        const Given given{.intent = intent, .status = exited(status), .quota_served = quota_served};
        BOOST_TEST(cause(given) == Cause::exited);
        BOOST_TEST(text(given) == "exited " + std::to_string(status));
      }
}

BOOST_AUTO_TEST_CASE(a_fault_is_a_crash_whatever_was_meant) {
  const struct {
    int number;
    const char* want;
  } faults[] = {{SIGSEGV, "crashed (SIGSEGV)"}, {SIGABRT, "crashed (SIGABRT)"},
                {SIGBUS, "crashed (SIGBUS)"},   {SIGFPE, "crashed (SIGFPE)"},
                {SIGILL, "crashed (SIGILL)"},   {SIGSYS, "crashed (SIGSYS)"},
                {SIGTRAP, "crashed (SIGTRAP)"}};
  for (const auto& fault : faults)
    for (const Intent intent : all_intents)
      for (const int core : {0, core_dumped}) {
        const Given given{.intent = intent, .status = signalled(fault.number) | core};
        BOOST_TEST(cause(given) == Cause::crashed);
        BOOST_TEST(text(given) == fault.want);
      }
}

BOOST_AUTO_TEST_CASE(every_other_signal_is_somebodys_kill) {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    const Given given{.status = signalled(number)};
    const bool fault = cause(given) == Cause::crashed;
    if (fault) continue;
    BOOST_TEST(cause(given) == Cause::killed);
    const char* const name = ::sigabbrev_np(number);
    const std::string shown =
        name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
    BOOST_TEST(text(given).starts_with("killed (" + shown));
  }
  BOOST_TEST(text({.status = signalled(SIGTERM)}).starts_with("killed (SIGTERM"));
  BOOST_TEST(text({.status = signalled(SIGRTMIN)}).starts_with("killed (signal 34"));
}

BOOST_AUTO_TEST_CASE(a_sigkill_is_ours_just_where_we_meant_to_kill) {
  const Row rows[] = {
      {"not ours", {.status = SIGKILL}, Cause::killed, "killed (SIGKILL)"},
      {"not ours, while drained",
       {.intent = Intent::drain_spare, .status = SIGKILL},
       Cause::killed,
       "killed (SIGKILL)"},
      {"not ours, while stopping",
       {.intent = Intent::drain_stop, .status = SIGKILL},
       Cause::killed,
       "killed (SIGKILL)"},
      {"not ours, when asked to leave",
       {.intent = Intent::ask_hung, .status = SIGKILL},
       Cause::killed,
       "killed (SIGKILL)"},
      {"no progress",
       {.intent = Intent::kill_hung,
        .status = SIGKILL,
        .silence = 61'999ms,
        .request = "GET /slow HTTP/1.1"},
       Cause::hung,
       "killed (no progress for 61s: GET /slow HTTP/1.1)"},
      {"no progress for less than a second",
       {.intent = Intent::kill_hung, .status = SIGKILL, .silence = 250'999us},
       Cause::hung,
       "killed (no progress for 250ms)"},
      {"stopping at once",
       {.intent = Intent::kill_stop, .status = SIGKILL},
       Cause::stopped,
       "killed (stopping)"},
      {"stopping at once, a request in hand",
       {.intent = Intent::kill_stop, .status = SIGKILL, .request = "GET /cut HTTP/1.1"},
       Cause::stopped,
       "killed (stopping: GET /cut HTTP/1.1)"},
      {"broke the protocol",
       {.intent = Intent::kill_protocol,
        .status = SIGKILL,
        .request = "GET / HTTP/1.1",
        .detail = "it wrote something that is no frame"},
       Cause::protocol,
       "killed (it wrote something that is no frame)"},
      {"finished for long",
       {.intent = Intent::kill_finishing,
        .status = SIGKILL,
        .state = WorkerState::busy,
        .finished_for = 31'500ms},
       Cause::cut,
       "killed (its slot was needed, and it had been finishing for 31s)"},
      {"closed its channel and stayed",
       {.intent = Intent::kill_mute, .status = SIGKILL, .detail = "it stayed in INIT"},
       Cause::protocol,
       "killed (it stayed in INIT)"},
  };
  check_rows(rows);
}

BOOST_AUTO_TEST_CASE(the_kernels_kill_for_memory_is_named_unless_the_kill_was_ours) {
  const struct {
    Intent intent;
    Cause cause;
  } rows[] = {
      {Intent::none, Cause::out_of_memory},       {Intent::drain_spare, Cause::out_of_memory},
      {Intent::drain_stop, Cause::out_of_memory}, {Intent::ask_hung, Cause::out_of_memory},
      {Intent::kill_hung, Cause::hung},           {Intent::kill_stop, Cause::stopped},
      {Intent::kill_protocol, Cause::protocol},   {Intent::kill_mute, Cause::protocol},
  };
  for (const auto& row : rows) {
    const Given given{.intent = row.intent, .status = SIGKILL, .out_of_memory = true};
    BOOST_TEST(cause(given) == row.cause);
    BOOST_TEST((text(given) == "killed (SIGKILL; the cgroup's out-of-memory count rose)") ==
               (row.cause == Cause::out_of_memory));
  }
  BOOST_TEST(cause({.status = SIGSEGV, .out_of_memory = true}) == Cause::crashed);
  BOOST_TEST(cause({.status = SIGTERM, .out_of_memory = true}) == Cause::killed);
}

BOOST_AUTO_TEST_CASE(what_was_meant_shows_although_the_worker_left_before_the_kill) {
  BOOST_TEST(cause({.intent = Intent::kill_hung, .status = exited(0)}) == Cause::hung);
  for (const Intent intent : {Intent::kill_protocol, Intent::kill_mute}) {
    const Given given{.intent = intent, .status = exited(0), .detail = "it sent a command"};
    BOOST_TEST(cause(given) == Cause::protocol);
    BOOST_TEST(text(given).find("it sent a command") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_crash_names_the_request_in_hand) {
  BOOST_TEST(text({.status = SIGSEGV, .request = "GET /crash HTTP/1.1"}) ==
             "crashed (SIGSEGV: GET /crash HTTP/1.1)");
  BOOST_TEST(text({.status = exited(3), .request = "GET /exit HTTP/1.1"}) ==
             "exited 3: GET /exit HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(bytes_of_clients_and_workers_are_left_for_the_log_to_escape) {
  const std::string nasty = "GET /\r\n## forged \x1b[31m\xff\\ HTTP/1.1";
  const Given all[] = {
      {.status = SIGSEGV},
      {.status = SIGTERM},
      {.status = exited(3)},
      {.status = exited(0)},
      {.intent = Intent::kill_hung, .status = SIGKILL},
      {.intent = Intent::kill_stop, .status = SIGKILL},
      {.intent = Intent::kill_protocol, .status = SIGKILL},
      {.intent = Intent::kill_mute, .status = SIGKILL},
  };
  for (Given given : all) {
    given.request = given.detail = nasty;
    const std::string shown = text(given);
    BOOST_TEST(shown.find(nasty) != std::string::npos, shown);
  }
}

BOOST_AUTO_TEST_CASE(an_end_against_our_will_is_a_failure) {
  constexpr Cause meant[] = {Cause::recycled, Cause::drained, Cause::stopped, Cause::terminated};
  for (const Cause cause : all_causes) {
    const bool wanted = std::find(std::begin(meant), std::end(meant), cause) != std::end(meant);
    BOOST_TEST(is_failure(cause) == !wanted, to_string(cause));
  }
}

BOOST_AUTO_TEST_CASE(every_cause_has_its_name) {
  const char* const names[] = {"recycled",      "drained",  "stopped", "terminated",
                               "hung",          "protocol", "crashed", "killed",
                               "out_of_memory", "exited",   "cut"};
  for (std::size_t i = 0; i < std::size(all_causes); ++i)
    BOOST_TEST(to_string(all_causes[i]) == std::string(names[i]));
}

BOOST_AUTO_TEST_CASE(only_an_end_with_the_server_cuts_anything_off) {
  const struct {
    const char* name;
    std::uint32_t capacity;
    Intent intent;
    int status;
    std::uint32_t open;
    const char* request;
    std::uint32_t want;
  } rows[] = {
      {"a request in hand", 1, Intent::kill_stop, signalled(SIGKILL), 1, "GET /", 1},
      {"none in hand", 1, Intent::kill_stop, signalled(SIGKILL), 1, "", 0},
      {"left in time", 1, Intent::drain_stop, exited(0), 0, "", 0},
      {"crashed while stopping", 1, Intent::drain_stop, signalled(SIGSEGV), 1, "GET /", 0},
      {"many open", 100, Intent::kill_stop, signalled(SIGKILL), 37, "GET /", 37},
      {"many open, no handler at work", 100, Intent::kill_stop, signalled(SIGKILL), 37, "", 37},
      {"many places, none open", 100, Intent::kill_stop, signalled(SIGKILL), 0, "", 0},
      {"many left in time", 100, Intent::drain_stop, exited(0), 0, "", 0},
      {"many, crashed", 100, Intent::none, signalled(SIGSEGV), 37, "GET /", 0},
  };
  for (const auto& row : rows) {
    const Ending ending{.intent = row.intent,
                        .wait_status = row.status,
                        .state = WorkerState::busy,
                        .open = row.open,
                        .request_line = row.request,
                        .detail = {}};
    BOOST_TEST(cut_by(ending, row.capacity) == row.want, row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
