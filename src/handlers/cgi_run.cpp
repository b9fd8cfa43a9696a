#include "handlers/cgi_run.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "os/lived_clock.hpp"

namespace brood {
namespace {

constexpr std::size_t read_size = 16UL * 1024;
constexpr std::size_t noted_lines_max = 20;
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

}  // namespace

CgiRun::CgiRun(Program program, UniqueFd output, std::string name, Note note)
    : program_(std::move(program)),
      source_(std::move(output)),
      name_(std::move(name)),
      note_(std::move(note)) {}

CgiRun::~CgiRun() {
  if (!is_end_noted_) has_failed(exit_grace, "");
  for (const std::string& line : notable_lines(program_.take_errors())) note(line);
}

int CgiRun::read_head(const SessionLimits& limits, TimePoint deadline) {
  using Step = CgiHeadReader::Step;
  CgiHeadReader reader(limits);
  for (;;) {
    switch (reader.resume(output_, head_)) {
      case Step::whole: return 0;
      case Step::malformed: return fail(502, "malformed head");
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
  is_end_noted_ = true;
  note(why);
  return status;
}

int CgiRun::fail_at_end() {
  const auto wait_status = program_.await_end(steady_now() + end_grace);
  const std::string how = wait_status ? describe_end(*wait_status) : "closed its output";
  return fail(502, how + (output_.empty() ? " without an answer" : " in the middle of its head"));
}

bool CgiRun::is_whole() {
  return !has_failed(end_grace, " in the middle of its answer");
}

bool CgiRun::has_failed(Duration grace, std::string_view where) {
  const auto wait_status = program_.await_end(steady_now() + grace);
  is_end_noted_ = true;
  if (!wait_status || *wait_status == 0) return false;
  note(describe_end(*wait_status).append(where));
  return true;
}

void CgiRun::note(std::string_view text) const {
  note_("cgi: " + name_ + ": " + std::string(text));
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
