#include "balance/health/prober.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <utility>

#include "http/client_session.hpp"
#include "os/shortage.hpp"
#include "wire/health_document.hpp"

namespace brood {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// How much longer than the time-out a late answer is waited for.
constexpr int late_factor = 2;

/// Until a unix socket whose queue was full is tried again.
constexpr Duration full_queue_pause = std::chrono::milliseconds{50};

constexpr SessionLimits probe_limits{
    .max_header_bytes = 8192, .max_headers = 64, .max_body_bytes = 1 << 20};

}  // namespace

/// One probe, kept alive by what it waits for.
class Prober::Probe : public std::enable_shared_from_this<Probe> {
 public:
  Probe(Prober& prober, ServerId server, ProbeTarget target)
      : prober_(&prober),
        server_(server),
        target_(std::move(target)),
        socket_(prober.context_),
        timer_(prober.context_),
        pause_(prober.context_),
        session_(probe_limits),
        began_(steady_now()) {}

  void start() {
    await_deadline(prober_->settings_.timeout);
    if (target_.address.storage.ss_family == AF_UNIX) return connect_unix();
    const asio::generic::stream_protocol::endpoint endpoint(target_.address.get(),
                                                            target_.address.size);
    socket_.async_connect(endpoint, [self = shared_from_this()](const error_code& error) {
      if (self->is_over()) return;
      if (error) return self->fail(ProbeResult::refused, error);
      self->on_connected();
    });
  }

  /// Without a word.
  void stop() noexcept {
    prober_ = nullptr;
    timer_.cancel();
    pause_.cancel();
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  bool is_over() const noexcept { return prober_ == nullptr; }

  void await_deadline(Duration patience) {
    timer_.expires_after(patience);
    timer_.async_wait([self = shared_from_this()](const error_code& error) {
      if (!error && !self->is_over()) self->on_deadline();
    });
  }

  /// A unix socket is connected at once or not at all: where its queue is full (EAGAIN) there is
  /// nothing to wait for, and Asio would take that for a connection in progress.
  void connect_unix() {
    auto fd = begin_connect(target_.address);
    if (!fd && fd.error().code.value() == EAGAIN) {
      somebody_listens_ = true;
      pause_.expires_after(full_queue_pause);
      return pause_.async_wait([self = shared_from_this()](const error_code& error) {
        if (!error && !self->is_over()) self->connect_unix();
      });
    }
    error_code error = fd ? error_code{} : fd.error().code;
    if (!error) socket_.assign({AF_UNIX, 0}, fd->get(), error);
    // Who has asked for the probe is not told before this has returned.
    asio::post(prober_->context_, [self = shared_from_this(), error] {
      if (self->is_over()) return;
      if (error) return self->fail(ProbeResult::refused, error);
      self->on_connected();
    });
    if (!error) (void)fd->release();
  }

  void on_connected() {
    somebody_listens_ = is_connected_ = true;
    const ProbeSettings& settings = prober_->settings_;
    session_.start();
    if (target_.is_own_place) session_.introduce(settings.introduction);
    if (settings.format != ProbeSettings::Format::connect) ask();
    send();
  }

  void on_deadline() {
    const ProbeSettings& settings = prober_->settings_;
    if (somebody_listens_ && settings.waits_for_late && !is_late_) {
      is_late_ = true;
      return await_deadline(settings.timeout * late_factor);
    }
    ProbeReport report;
    report.result = ProbeResult::timed_out;
    report.detail = is_connected_ ? "no whole answer in time" : "not connected in time";
    report.is_unanswered = somebody_listens_;
    report.is_no_http = is_connected_ && !has_head_;
    end(std::move(report));
  }

  void ask() {
    OutgoingRequest request;
    request.method = "GET";
    request.target = prober_->settings_.path;
    request.host = target_.host;
    request.connection = "close";
    session_.begin_request(request);
    session_.end_request();
  }

  void send() {
    const std::string_view output = session_.output();
    if (output.empty()) return is_asking() ? receive() : passed();
    socket_.async_send(asio::buffer(output.data(), output.size()),
                       [self = shared_from_this()](const error_code& error, std::size_t size) {
                         if (self->is_over()) return;
                         if (error) return self->fail(ProbeResult::refused, error);
                         self->session_.sent(size);
                         self->send();
                       });
  }

  bool is_asking() const noexcept {
    return prober_->settings_.format != ProbeSettings::Format::connect;
  }

  /// It could be connected to, and no more was wanted.
  void passed() {
    ProbeReport report;
    report.result = ProbeResult::passed;
    end(std::move(report));
  }

  void receive() {
    const std::span<char> space = session_.space();
    socket_.async_receive(asio::buffer(space.data(), space.size()),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            if (self->is_over()) return;
                            if (error && error != asio::error::eof)
                              return self->fail(self->lost(), error);
                            if (error)
                              self->session_.end_of_input();
                            else
                              self->session_.received(size);
                            self->advance();
                          });
  }

  void advance() {
    for (;;) switch (session_.next()) {
        case ClientSession::Step::need_bytes: return receive();
        case ClientSession::Step::interim: break;
        case ClientSession::Step::head: has_head_ = true; break;
        case ClientSession::Step::body:
          body_ += session_.body_piece();
          if (body_.size() > health_document_read_max) return judge(false);
          break;
        case ClientSession::Step::done: return judge(has_excess());
        case ClientSession::Step::failed: return end(broken());
      }
  }

  bool has_excess() {
    error_code ignored;
    return !session_.unread().empty() || socket_.available(ignored) > 0;
  }

  void judge(bool has_excess) {
    const ResponseHead& head = session_.head();
    const bool is_length_said = head.framing == Framing::length || head.framing == Framing::chunked;
    end(judge_probe({.status = head.line.status,
                     .is_length_said = is_length_said,
                     .has_excess = has_excess,
                     .body = body_},
                    prober_->settings_));
  }

  /// What a connection that breaks now stands for.
  ProbeResult lost() const noexcept {
    return session_.in_response() ? ProbeResult::bad_length : ProbeResult::refused;
  }

  ProbeReport broken() const {
    ProbeReport report;
    report.result = !session_.in_response() ? ProbeResult::refused
                    : has_head_             ? ProbeResult::bad_length
                                            : ProbeResult::bad_status;
    report.detail = session_.failure();
    report.is_no_http = !has_head_;
    return report;
  }

  void fail(ProbeResult result, const error_code& error) {
    ProbeReport report;
    report.result = result;
    report.detail = error.message();
    report.is_void = is_shortage(error.value());
    report.is_no_http = is_connected_ && !has_head_;
    end(std::move(report));
  }

  void end(ProbeReport report) {
    if (is_late_ && report.result == ProbeResult::passed) report.result = ProbeResult::passed_late;
    if (is_late_ && report.result == ProbeResult::refused) report.result = ProbeResult::timed_out;
    report.took = steady_now() - began_;
    Prober& prober = *prober_;
    stop();
    prober.on_end_(server_, report);
  }

  Prober* prober_;  ///< Null: over.
  ServerId server_;
  ProbeTarget target_;
  asio::generic::stream_protocol::socket socket_;
  asio::steady_timer timer_;
  asio::steady_timer pause_;  ///< Until a full queue is tried again.
  ClientSession session_;
  std::string body_;
  TimePoint began_;
  bool somebody_listens_ = false;
  bool is_connected_ = false;
  bool is_late_ = false;
  bool has_head_ = false;
};

Prober::Prober(boost::asio::io_context& context, ProbeSettings settings, OnEnd on_end)
    : context_(context), settings_(std::move(settings)), on_end_(std::move(on_end)) {}

Prober::~Prober() {
  stop();
}

void Prober::probe(ServerId server, const ProbeTarget& target) {
  const auto probe = std::make_shared<Probe>(*this, server, target);
  probes_.add(server, probe);
  probe->start();
}

void Prober::forget(ServerId server) {
  const auto* const weak = probes_.find(server);
  if (const auto probe = weak != nullptr ? weak->lock() : nullptr) probe->stop();
  probes_.remove(server);
}

void Prober::stop() {
  for (auto& [id, weak] : probes_.all())
    if (const auto probe = weak.lock()) probe->stop();
}

}  // namespace brood
