#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>

#include <brood/unique_fd.hpp>

#include "control/access_format.hpp"
#include "os/patient_writer.hpp"
#include "serve/worker/report.hpp"
#include "serve/worker/settings.hpp"

namespace brood {

/// The access log as one worker writes it, beside its siblings into the same file: whole lines,
/// each in one piece. Nobody waits for it: what it cannot write is counted on the worker's page,
/// and the log of the server says why.
class AccessLog {
 public:
  /// \return null: none is wanted. Both outlive it.
  static std::unique_ptr<AccessLog> open_if_wanted(const WorkerSettings& settings, Report& report);
  AccessLog(const WorkerSettings& settings, Report& report);
  ~AccessLog() { flush(); }
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  bool tells_queue() const noexcept { return format_.tells_queue(); }
  /// A request has ended just now. Its worker and when it began are filled in here.
  void add(AccessEntry entry);
  /// Writes what was added. To be called when the answers themselves are on their way.
  void flush() noexcept;

 private:
  void open();
  void reopen_if_told();
  void set_clock(AccessEntry& entry);
  void send_to_syslog() noexcept;
  void tell_of_loss(std::uint64_t lines, int error) noexcept;

  const std::string& target_;
  const AccessFormat& format_;
  Report& report_;
  int pid_;
  std::uint32_t reopened_;
  PatientWriter writer_;
  UniqueFd syslog_;
  std::string lines_;
  std::string clock_;       ///< As AccessEntry has it.
  std::time_t second_ = 0;  ///< Which it shows.
  bool is_losing_ = false;  ///< And the log has been told.
};

}  // namespace brood
