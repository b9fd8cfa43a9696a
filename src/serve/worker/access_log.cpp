#include "serve/worker/access_log.hpp"

#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "os/log_file.hpp"

namespace brood {
namespace {

constexpr std::string_view to_stderr = "stderr";
constexpr std::string_view to_syslog = "syslog";

}  // namespace

std::unique_ptr<AccessLog> AccessLog::open_if_wanted(const WorkerSettings& settings,
                                                     Report& report) {
  if (settings.access_log.empty()) return nullptr;
  return std::make_unique<AccessLog>(settings, report);
}

AccessLog::AccessLog(const WorkerSettings& settings, Report& report)
    : target_(settings.access_log),
      format_(settings.access_format),
      report_(report),
      pid_(::getpid()),
      reopened_(report.logs_reopened()),
      writer_(target_ == to_stderr ? STDERR_FILENO : -1) {
  open();
}

void AccessLog::open() {
  if (target_ == to_stderr) return;
  auto file = target_ == to_syslog ? connect_syslog() : open_log_file(target_);
  if (!file) return report_.note("access log " + target_ + ": " + file.error().text());
  if (target_ == to_syslog)
    syslog_ = std::move(*file);
  else
    writer_.redirect(std::move(*file));
}

void AccessLog::reopen_if_told() {
  const std::uint32_t reopened = report_.logs_reopened();
  if (std::exchange(reopened_, reopened) != reopened) open();
}

void AccessLog::add(AccessEntry entry) {
  reopen_if_told();
  entry.slot = report_.slot();
  entry.generation = report_.generation();
  entry.pid = pid_;
  set_clock(entry);
  format_.write(entry, lines_);
}

/// Most requests come within the same second as the one before.
void AccessLog::set_clock(AccessEntry& entry) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  entry.at.us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000 - to_us(entry.duration);
  const auto second = static_cast<std::time_t>(entry.at.us / 1'000'000);
  if (std::exchange(second_, second) != second) {
    tm local{};
    ::localtime_r(&second, &local);
    char text[40];
    clock_.assign(text, std::strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S %z", &local));
  }
  entry.clock = clock_;
}

void AccessLog::flush() noexcept {
  if (lines_.empty() && !is_losing_) return;
  if (target_ == to_syslog) return send_to_syslog();
  try {
    std::string_view rest = lines_;
    while (!rest.empty()) {
      const std::size_t size = rest.find('\n') + 1;
      writer_.keep(rest.substr(0, size));
      rest.remove_prefix(size);
    }
  } catch (const std::bad_alloc&) {
    tell_of_loss(1, ENOMEM);
  }
  lines_.clear();
  const bool all_written = writer_.flush();
  const PatientWriter::Dropped dropped = writer_.take_dropped();
  const std::uint64_t lost = dropped.too_slow + dropped.failed;
  tell_of_loss(lost, dropped.error);
  if (all_written && lost == 0) is_losing_ = false;
}

/// What it does not take at once is lost: it knows no order among its senders anyway.
void AccessLog::send_to_syslog() noexcept {
  std::string_view rest = lines_;
  std::uint64_t lost = 0;
  int error = 0;
  while (!rest.empty()) {
    const std::size_t size = rest.find('\n') + 1;
    std::array<char, 64> head;
    const int head_size =
        std::snprintf(head.data(), head.size(), "<%d>brood[%d]: ", LOG_DAEMON | LOG_INFO, pid_);
    iovec parts[] = {{.iov_base = head.data(), .iov_len = static_cast<std::size_t>(head_size)},
                     {.iov_base = const_cast<char*>(rest.data()), .iov_len = size - 1}};
    const msghdr message{.msg_name = nullptr,
                         .msg_namelen = 0,
                         .msg_iov = parts,
                         .msg_iovlen = 2,
                         .msg_control = nullptr,
                         .msg_controllen = 0,
                         .msg_flags = 0};
    if (::sendmsg(syslog_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
      ++lost;
      error = errno;
    }
    rest.remove_prefix(size);
  }
  lines_.clear();
  tell_of_loss(lost, error);
}

/// Once for each time that it begins.
void AccessLog::tell_of_loss(std::uint64_t lines, int error) noexcept {
  if (lines == 0) return;
  report_.lost_access_lines(lines);
  if (std::exchange(is_losing_, true)) return;
  report_.note(std::string("access log: lines are lost: ") +
               (error != 0 ? std::strerror(error) : "its reader is too slow"));
}

}  // namespace brood
