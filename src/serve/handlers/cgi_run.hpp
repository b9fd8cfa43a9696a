#pragma once

#include <brood/response.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/cgi_head.hpp"
#include "os/program.hpp"
#include "os/program_reaper.hpp"

namespace brood {

/// One program that answers one request, from its start to its end: heard until its head is whole,
/// then left to whoever sends the rest. With this object it is handed to a ProgramReaper. Its end
/// is noted, if that was a bad one of its own, and what it has written to its stderr.
class CgiRun {
 public:
  using Note = std::function<void(std::string_view)>;

  /// \param output the end of the pipe from which its stdout is read; blocking.
  /// \param name   in front of each note.
  CgiRun(Program program, UniqueFd output, std::string name, Note note,
         std::shared_ptr<ProgramReaper> reaper);
  ~CgiRun();
  CgiRun(const CgiRun&) = delete;
  CgiRun& operator=(const CgiRun&) = delete;

  /// Reads until the head is whole. \return 0; or the status to answer with instead, the reason
  /// noted: 502 if the program has failed or its head is none, 504 at the deadline.
  int read_head(const SessionLimits& limits, TimePoint deadline);

  /// Drops the rest of its output and waits for its end. \return 0; 502 if a signal has ended it,
  /// 504 at the deadline, the reason noted.
  int finish(TimePoint deadline);

  const CgiHead& head() const noexcept { return head_; }
  const std::string& name() const noexcept { return name_; }

  /// What has come behind the head, and the pipe from which the rest comes. Once only.
  std::string take_body_begin() { return std::move(output_.erase(0, head_.size)); }
  UniqueFd take_source() noexcept { return std::move(source_); }

  /// Asked at the end of its output: false, with a note, if a signal has ended the program. What it
  /// has written is its answer whatever its exit status (RFC 3875, section 6), which is noted if it
  /// is not 0. One that lives on has closed its output.
  bool is_whole();

  /// A text for the log, the program's name in front.
  void note(std::string_view text) const;

 private:
  int fail(int status, std::string_view why);
  int fail_at_end();
  std::optional<int> await_end();

  Program program_;
  UniqueFd source_;
  std::string name_;
  Note note_;
  std::shared_ptr<ProgramReaper> reaper_;
  std::string output_;  ///< Head and body, as far as read.
  CgiHead head_;
  bool is_end_noted_ = false;
  bool is_hopeless_ = false;  ///< It is not to have time for an end of its own.
};

/// Notes how a program has ended, if that was a bad end, and what it has said.
void note_ended(const ProgramReaper::Ended& ended, const CgiRun::Note& note);

/// What is noted of a program's stderr: its lines but empty ones, and at last how many more there
/// were than are good for a log.
std::vector<std::string> notable_lines(std::string_view text);

}  // namespace brood
