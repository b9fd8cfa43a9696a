#include "serve/pool/death.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "base/units.hpp"

namespace brood {
namespace {

bool is_fault(int signal_number) noexcept {
  switch (signal_number) {
    case SIGSEGV:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSYS:
    case SIGTRAP: return true;
    default: return false;
  }
}

std::string signal_name(int number) {
  const char* name = ::sigabbrev_np(number);
  return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}

/// What an intent makes of a worker that left with status 0, before a kill reached it or because it
/// was told to.
Cause cause_of_leaving(const Ending& ending) noexcept {
  switch (ending.intent) {
    case Intent::drain_stop:
    case Intent::kill_stop: return Cause::stopped;
    case Intent::drain_spare: return Cause::drained;
    case Intent::drain_roll: return Cause::rolled;
    case Intent::ask_hung:
    case Intent::kill_hung: return Cause::hung;
    case Intent::kill_protocol:
    case Intent::kill_mute: return Cause::protocol;
    case Intent::kill_finishing:
    case Intent::kill_outdated: return Cause::cut;
    case Intent::none: break;
  }
  return ending.quota_served ? Cause::recycled : Cause::exited;
}

Cause cause_of_exit(const Ending& ending) noexcept {
  const int status = WEXITSTATUS(ending.wait_status);
  // SIGTERM rings for every order, and one to the whole process group reaches the workers as well:
  // where there is an intent, that is the cause.
  const bool has_left = ending.state == WorkerState::exit;  // And no handler has called exit().
  if (status == exit_terminated && ending.intent == Intent::none)
    return has_left ? Cause::terminated : Cause::exited;
  if (ending.intent == Intent::none && !has_left) return Cause::exited;
  return status == exit_done || status == exit_terminated ? cause_of_leaving(ending)
                                                          : Cause::exited;
}

Cause cause_of_signal(const Ending& ending) noexcept {
  const int number = WTERMSIG(ending.wait_status);
  if (is_fault(number)) return Cause::crashed;
  if (number != SIGKILL) return Cause::killed;
  switch (ending.intent) {
    case Intent::kill_hung: return Cause::hung;
    case Intent::kill_stop: return Cause::stopped;
    case Intent::kill_protocol:
    case Intent::kill_mute: return Cause::protocol;
    case Intent::kill_finishing:
    case Intent::kill_outdated: return Cause::cut;
    default: return ending.out_of_memory ? Cause::out_of_memory : Cause::killed;
  }
}

std::string with_request(std::string text, const Ending& ending) {
  if (!ending.request_line.empty()) text += ": " + ending.request_line;
  return text;
}

std::string silence_text(const Ending& ending) {
  return with_request("no progress for " + format_rounded(ending.silence), ending);
}

std::string cut_text(const Ending& ending) {
  return ending.intent == Intent::kill_outdated ? "more than max-generations came after it"
                                                : "its slot was needed";
}

std::string describe_signal(const Ending& ending, Cause cause) {
  const std::string name = signal_name(WTERMSIG(ending.wait_status));
  switch (cause) {
    case Cause::hung: return "killed (" + silence_text(ending) + ")";
    case Cause::cut:
      return "killed (" +
             with_request(cut_text(ending) + ", and it had been finishing for " +
                              format_rounded(ending.finished_for),
                          ending) +
             ")";
    case Cause::stopped: return "killed (" + with_request("stopping", ending) + ")";
    case Cause::protocol: return "killed (" + ending.detail + ")";
    // Nobody tells whom the kernel has chosen: it may have been another one of the same cgroup.
    case Cause::out_of_memory:
      return "killed (" + with_request("SIGKILL; the cgroup's out-of-memory count rose", ending) +
             ")";
    case Cause::crashed: return "crashed (" + with_request(name, ending) + ")";
    default: return "killed (" + with_request(name, ending) + ")";
  }
}

}  // namespace

const char* to_string(Cause cause) noexcept {
  switch (cause) {
    case Cause::recycled: return "recycled";
    case Cause::drained: return "drained";
    case Cause::rolled: return "rolled";
    case Cause::stopped: return "stopped";
    case Cause::terminated: return "terminated";
    case Cause::hung: return "hung";
    case Cause::protocol: return "protocol";
    case Cause::crashed: return "crashed";
    case Cause::killed: return "killed";
    case Cause::out_of_memory: return "out_of_memory";
    case Cause::cut: return "cut";
    case Cause::exited: return "exited";
  }
  return "?";
}

Cause cause_of(const Ending& ending) noexcept {
  return WIFSIGNALED(ending.wait_status) ? cause_of_signal(ending) : cause_of_exit(ending);
}

std::string describe(const Ending& ending) {
  const Cause cause = cause_of(ending);
  if (WIFSIGNALED(ending.wait_status)) return describe_signal(ending, cause);
  switch (cause) {
    case Cause::recycled: return "recycled";
    case Cause::drained: return "drained (idle above max-spare)";
    case Cause::rolled: return "rolled (another generation serves)";
    case Cause::stopped: return "stopped";
    case Cause::terminated:
      return ending.was_ready ? "terminated (SIGTERM from outside)"
                              : "terminated (SIGTERM before it was ready)";
    case Cause::cut: return "left (" + cut_text(ending) + ")";
    case Cause::hung: return "left when asked (" + silence_text(ending) + ")";
    case Cause::protocol: return "left (" + ending.detail + ")";
    default: break;
  }
  return with_request("exited " + std::to_string(WEXITSTATUS(ending.wait_status)), ending);
}

std::uint32_t cut_by(const Ending& ending, std::uint32_t capacity) noexcept {
  if (cause_of(ending) != Cause::stopped) return 0;
  if (capacity > 1) return ending.open;
  return ending.request_line.empty() ? 0 : 1;
}

bool is_failure(Cause cause) noexcept {
  switch (cause) {
    case Cause::recycled:
    case Cause::drained:
    case Cause::rolled:
    case Cause::stopped:
    case Cause::terminated: return false;
    default: return true;
  }
}

}  // namespace brood
