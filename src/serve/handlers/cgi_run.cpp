#include "serve/handlers/cgi_run.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "os/lived_clock.hpp"

namespace brood {
namespace {

constexpr std::size_t read_size = 16UL * 1024;
constexpr std::size_t noted_lines_max = 20;
constexpr std::size_t noted_head_max = 200;
/// From the end of its output to its own end a program needs no time worth mentioning, but on a
/// busy machine it may have to wait for it.
constexpr Duration end_grace = std::chrono::seconds{1};
/// A program of which all is read, by its Content-Length, may still have to put things in order.
constexpr Duration exit_grace = std::chrono::milliseconds{200};

/// \return false when the deadline passes before.
bool await_readable(int fd, TimePoint deadline) noexcept {
  for (;;) {
    const Duration left = deadline - lived_now();
    if (left.count() <= 0) return false;
    pollfd source{.fd = fd, .events = POLLIN, .revents = 0};
    const timespec wait{.tv_sec = left.count() / 1'000'000'000,
                        .tv_nsec = left.count() % 1'000'000'000};
    const int count = ::ppoll(&source, 1, &wait, nullptr);
    if (count > 0) return true;
    if (count == 0) lived_after(deadline);
  }
}

/// Appends what is there to read. \return how much; 0: the end, or what is as good as it.
std::size_t read_some(int fd, std::string& output) {
  const std::size_t before = output.size();
  output.resize(before + read_size);
  ssize_t size = 0;
  while ((size = ::read(fd, output.data() + before, read_size)) < 0 && errno == EINTR) continue;
  const std::size_t got = size < 0 ? 0 : static_cast<std::size_t>(size);
  output.resize(before + got);
  return got;
}

std::string in_front(std::string_view name, std::string_view text) {
  return std::string("cgi: ").append(name).append(": ").append(text);
}

/// SIGPIPE is ours: nobody reads what it writes any more.
bool is_bad_end(int wait_status) noexcept {
  return wait_status != 0 && wait_status != SIGPIPE;
}

}  // namespace

CgiRun::CgiRun(Program program, UniqueFd output, std::string name, Note note,
               std::shared_ptr<ProgramReaper> reaper)
    : program_(std::move(program)),
      source_(std::move(output)),
      name_(std::move(name)),
      note_(std::move(note)),
      reaper_(std::move(reaper)) {}

CgiRun::~CgiRun() {
  const Duration alone = is_hopeless_ ? Duration{0} : exit_grace;
  auto ended = reaper_->take(std::move(program_), name_, alone, is_end_noted_);
  if (ended) note_ended(*ended, note_);
}

void note_ended(const ProgramReaper::Ended& ended, const CgiRun::Note& note) {
  if (ended.own_end && is_bad_end(*ended.own_end))
    note(in_front(ended.name, describe_end(*ended.own_end)));
  for (const std::string& line : notable_lines(ended.errors)) note(in_front(ended.name, line));
}

int CgiRun::read_head(const SessionLimits& limits, TimePoint deadline) {
  using Step = CgiHeadReader::Step;
  CgiHeadReader reader(limits);
  for (;;) {
    switch (reader.resume(output_, head_)) {
      case Step::whole: return 0;
      case Step::malformed:
        return fail(502, "malformed head: " + output_.substr(0, noted_head_max));
      case Step::too_large: return fail(502, "head too large");
      case Step::need_bytes: break;
    }
    if (!await_readable(source_.get(), deadline)) return fail(504, "killed: no head in time");
    if (read_some(source_.get(), output_) == 0) return fail_at_end();
  }
}

int CgiRun::finish(TimePoint deadline) {
  do {
    output_.clear();
    if (!await_readable(source_.get(), deadline)) return fail(504, "killed: no end in time");
  } while (read_some(source_.get(), output_) > 0);
  return is_whole() ? 0 : 502;
}

int CgiRun::fail(int status, std::string_view why) {
  is_end_noted_ = is_hopeless_ = true;
  note(why);
  return status;
}

int CgiRun::fail_at_end() {
  const auto wait_status = await_end();
  const std::string how = wait_status ? describe_end(*wait_status) : "closed its output";
  return fail(502, how + (output_.empty() ? " without an answer" : " in the middle of its head"));
}

bool CgiRun::is_whole() {
  const auto wait_status = await_end();
  if (!wait_status || *wait_status == 0) return true;
  is_end_noted_ = true;
  const bool is_whole = WIFEXITED(*wait_status);
  note(describe_end(*wait_status) + (is_whole ? "" : " in the middle of its answer"));
  return is_whole;
}

/// At the end of its output. One that has only closed it is not waited for.
std::optional<int> CgiRun::await_end() {
  const auto wait_status = program_.ended();
  if (wait_status || !program_.is_ending()) return wait_status;
  return program_.await_end(lived_now() + end_grace);
}

void CgiRun::note(std::string_view text) const {
  note_(in_front(name_, text));
}

std::vector<std::string> notable_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t left_out = 0;
  while (!text.empty()) {
    const auto feed = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, feed);
    text.remove_prefix(std::min(feed + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (lines.size() < noted_lines_max)
      lines.emplace_back(line);
    else
      ++left_out;
  }
  if (left_out > 0) lines.push_back("and " + std::to_string(left_out) + " more lines");
  return lines;
}

}  // namespace brood
