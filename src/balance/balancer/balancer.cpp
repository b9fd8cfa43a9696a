#include "balance/balancer/balancer.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstring>
#include <system_error>

#include "os/inheritance.hpp"

namespace brood {
namespace {

using boost::system::error_code;

/// At a stop, for the first bytes of who has connected: where accepts are deferred, whoever has
/// sent none yet is not in the queue that is emptied.
constexpr Duration last_words = std::chrono::milliseconds{100};

std::uint32_t share_of(std::uint32_t whole, std::uint32_t threads) noexcept {
  return (whole + threads - 1) / threads;
}

ForwardSettings settings_of_thread(const BalancerSettings& settings, std::uint32_t thread) {
  ForwardSettings forward = settings.forward;
  forward.thread = thread;
  forward.routing.sharers = settings.threads;
  forward.retry_floor /= settings.threads;
  forward.limits.parallel = share_of(forward.limits.parallel, settings.threads);
  forward.limits.max_queue = share_of(forward.limits.max_queue, settings.threads);
  return forward;
}

}  // namespace

Balancer::Balancer(boost::asio::io_context& context, const BalancerSettings& settings,
                   std::vector<Listener>& listeners, const MakeClients& make_clients, Reload reload,
                   Log& log, Log* access_log)
    : context_(context),
      settings_(settings),
      listeners_(listeners),
      reload_(std::move(reload)),
      log_(log),
      access_log_(access_log),
      signals_(context, SIGINT, SIGTERM, SIGQUIT),
      due_timer_(context),
      open_timer_(context),
      drain_timer_(context),
      stop_timer_(context),
      log_timer_(context),
      servers_(settings.threads),
      health_(settings.health),
      plan_(settings.probes, 0, settings.seed),
      prober_(context, settings.probe,
              [this](ServerId server, const ProbeReport& report) { on_probed(server, report); }),
      started_(steady_now()) {
  for (const int number : {SIGUSR1, SIGUSR2}) signals_.add(number);
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);  // Else nohup(1) is to keep it running.
  counters_.threads = settings.threads;
  counters_.open_max = settings.clients_max;
  std::vector<ForwardServer> servers;
  for (const BalancedServer& server : settings.servers) {
    servers.push_back(know(servers_.put(server).id));
  }
  for (std::uint32_t thread = 0; thread < settings.threads; ++thread)
    threads_.push_back(
        std::make_unique<ForwardingThread>(*this, settings_of_thread(settings, thread), servers,
                                           settings.seed + thread + 1, make_clients()));
}

Balancer::~Balancer() {
  for (const auto& thread : threads_) thread->stop();
  if (reloader_.joinable()) reloader_.join();
}

int Balancer::run() {
  await_signal();
  std::vector<int> fds;
  for (const Listener& listener : listeners_) fds.push_back(listener.fd());
  for (const auto& thread : threads_) {
    if (const auto started = thread->start(fds); !started) return fail_to_start(started.error());
  }
  for (const ServerId server : servers_.ids())
    if (!is_probing()) assume_up(server);
  open_timer_.expires_after(settings_.probe.timeout);
  open_timer_.async_wait([this](const error_code& error) {
    if (error) return;
    may_open_early_ = true;
    open_if_ready();
  });
  open_if_ready();
  probe_due();
  context_.run();
  log_.flush_patiently();
  if (access_log_ != nullptr) access_log_->flush_patiently();
  return 0;
}

int Balancer::fail_to_start(const Failure& failure) {
  log_.write(event(Level::error, Mark::plain, "cannot_start")
                 .with("reason", failure.text())
                 .with("remedy", "lower --threads, or raise 'ulimit -u' or the group's pids.max"));
  log_.flush_patiently();
  return 1;
}

void Balancer::await_signal() {
  signals_.async_wait([this](const error_code& error, int number) {
    if (error) return;
    on_signal(number);
    keep_log_moving();
    await_signal();
  });
}

void Balancer::on_signal(int number) {
  switch (number) {
    case SIGINT: return dump();
    case SIGHUP: return begin_reload();
    case SIGUSR1: reopen_logs(); return;
    case SIGQUIT: return finish("SIGQUIT");
    case SIGUSR2:
      return log_.write(event(Level::warn, Mark::plain, "signal_ignored")
                            .with("signal", "SIGUSR2")
                            .with("reason", "it has no meaning yet"));
    default:
      if (stage_ == Stage::serving) return begin_stop("SIGTERM");
      finish("second SIGTERM");
  }
}

// --- Stopping.

void Balancer::begin_stop(const char* reason) {
  if (stage_ != Stage::serving) return;
  stage_ = Stage::stopping;
  due_timer_.cancel();
  prober_.stop();
  log_.write(event(Level::info, Mark::plain, "stopping")
                 .with("reason", reason)
                 .with_signed("graceful_timeout_ms", to_us(settings_.graceful_timeout) / 1000)
                 .with("open", counters_.open.load()));
  for (Listener& listener : listeners_) listener.refuse_new();
  drain_timer_.expires_after(std::min<Duration>(last_words, settings_.graceful_timeout));
  drain_timer_.async_wait([this](const error_code& error) {
    if (!error && stage_ == Stage::stopping) drain_lanes();
  });
  stop_timer_.expires_after(settings_.graceful_timeout);
  stop_timer_.async_wait([this](const error_code& error) {
    if (!error) finish("graceful-timeout");
  });
}

void Balancer::drain_lanes() {
  for (const auto& thread : threads_)
    thread->tell([this](Forwarder& forwarder) {
      forwarder.drain();
      boost::asio::post(context_, [this] { on_lane_deaf(); });
    });
}

/// A thread accepts no more. The last one has emptied the kernel's queue just now.
void Balancer::on_lane_deaf() {
  if (++deaf_lanes_ < threads_.size()) return;
  for (Listener& listener : listeners_) listener.stop();
}

void Balancer::on_thread_drained(ForwardingThread& thread) {
  thread.is_drained = true;
  const auto is_drained = [](const auto& one) { return one->is_drained; };
  if (std::ranges::all_of(threads_, is_drained)) finish("done");
}

void Balancer::finish(const char* reason) {
  if (stage_ == Stage::stopped) return;
  stage_ = Stage::stopped;
  for (Listener& listener : listeners_) listener.stop();
  for (const auto& thread : threads_) cut_ += thread->stop();
  prober_.stop();
  // Behind all that the threads have told, lines of the access log above all.
  boost::asio::post(context_, [this, reason] {
    log_.write(event(Level::info, Mark::plain, "stopped")
                   .with("reason", reason)
                   .with_signed("uptime_ms", to_us(steady_now() - started_) / 1000)
                   .with("connections", counters_.accepted.load())
                   .with("cut", cut_));
    context_.stop();
  });
}

// --- The log.

LogEvent Balancer::event(Level level, Mark mark, std::string_view name) const {
  return {.level = level, .mark = mark, .name = name};
}

Result<void> Balancer::reopen_logs() {
  Result<void> reopened = log_.reopen();
  if (reopened && access_log_ != nullptr) reopened = access_log_->reopen();
  log_.write(event(reopened ? Level::info : Level::error, Mark::plain, "log_reopened")
                 .with("outcome", reopened ? "done" : reopened.error().text()));
  return reopened;
}

void Balancer::set_log_level(Level least) {
  log_.set_least(least);
}

void Balancer::keep_log_moving() {
  const bool all_written = log_.flush() && (access_log_ == nullptr || access_log_->flush());
  if (all_written || log_waits_) return;
  log_waits_ = true;
  log_timer_.expires_after(log_retry_interval);
  log_timer_.async_wait([this](const error_code& error) {
    log_waits_ = false;
    if (!error) keep_log_moving();
  });
}

void Balancer::on_cannot_accept(int error, Duration pause) {
  log_.write(event(Level::warn, Mark::plain, "cannot_accept")
                 .with("reason", std::error_code(error, std::system_category()).message())
                 .with_signed("pause_ms", to_us(pause) / 1000)
                 .with("open", counters_.open.load())
                 .with("remedy", "raise 'ulimit -n' or lower --parallel and --max-queue"));
  keep_log_moving();
}

void Balancer::on_full() {
  log_.write(event(Level::warn, Mark::plain, "clients_full")
                 .with("open", counters_.open.load())
                 .with("reason",
                       "the descriptors that are left are for their servers: for the "
                       "first time, clients wait to be accepted")
                 .with("remedy", "raise 'ulimit -n'"));
  keep_log_moving();
}

void Balancer::write_access(std::span<const AccessRecord> records) {
  for (const AccessRecord& record : records) {
    LogEvent line = event(Level::info, Mark::plain, "access");
    line.with("client", record.client);
    if (!record.request.empty()) line.with("request", record.request);
    // A connection of mode tcp has none but the course's.
    if (!record.request.empty() || record.status != 0) line.with_signed("status", record.status);
    line.with("server", name_of(record.server)).with("retries", std::uint64_t{record.retries});
    if (!record.retry_reason.empty()) line.with("retry_reason", std::string(record.retry_reason));
    const auto add = [&](std::string_view name, Duration duration) {
      if (duration >= Duration{0}) line.with_signed(name, to_us(duration));
    };
    add("queue_us", record.queued);
    add("connect_us", record.connected);
    add("first_byte_us", record.first_byte);
    add("total_us", record.total);
    line.with("bytes_in", record.bytes_in)
        .with("bytes_out", record.bytes_out)
        .with("end", std::string(record.end));
    (access_log_ != nullptr ? *access_log_ : log_).write(std::move(line));
  }
  keep_log_moving();
}

void Balancer::tell_all(const std::function<void(Forwarder&)>& task) {
  for (const auto& thread : threads_) thread->tell(task);
}

}  // namespace brood
