#include "cli/ctl_call.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <csignal>
#include <ostream>

#include "cli/ctl_view.hpp"
#include "cli/exit_status.hpp"
#include "control/control_request.hpp"

namespace brood {
namespace {

/// Set by Ctrl-C.
volatile std::sig_atomic_t interrupted = 0;

void catch_interrupt() noexcept {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  ::sigaction(SIGINT, &action, nullptr);
}

/// A line on a terminal that is written over, and goes when it is done.
class Progress {
 public:
  explicit Progress(const std::string& path)
      : path_(path), is_shown_(::isatty(STDERR_FILENO) == 1) {}
  ~Progress() { show({}); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void look() {
    if (!is_shown_) return;
    auto client = ControlClient::connect(path_);
    if (!client) return;
    int patience = 5;
    const auto reply = client->ask("GET", "/v1/health", {}, [&patience] { return --patience > 0; });
    if (reply) show(progress_view(reply->body));
  }

 private:
  void show(const std::string& text) {
    if (!is_shown_ || text == shown_) return;
    const std::string line = "\r\x1b[K" + text;
    [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
    shown_ = text;
  }

  const std::string& path_;
  bool is_shown_;
  std::string shown_;
};

/// One order or question, from the words to the exit status.
class Ctl {
 public:
  Ctl(const CtlVerb& verb, CtlServer server, bool is_json, std::ostream& out,
      const Complain& complain)
      : verb_(verb),
        server_(std::move(server)),
        is_json_(is_json),
        out_(out),
        complain_(complain) {}

  int run(const boost::json::object& body) {
    const bool is_stop = verb_.name == "stop";
    const UniqueFd process{is_stop && server_.pid > 0
                               ? static_cast<int>(::syscall(SYS_pidfd_open, server_.pid, 0))
                               : -1};
    const auto reply = ask(body);
    const bool has_gone = !reply && reply.error().code == boost::system::errc::connection_reset;
    if (!reply && !(is_stop && has_gone)) return fail(reply.error());
    if (reply && reply->status >= 400) return refused(*reply);
    if (is_stop && !await_end(process.get())) return say_interrupted();
    return show(reply ? reply->body : "{\"done\":true}\n");
  }

 private:
  Result<ControlReply> ask(const boost::json::object& body) const {
    auto client = ControlClient::connect(server_.path);
    if (!client) return client.error();
    Progress progress(server_.path);
    const bool is_question = verb_.view != nullptr;
    int patience = 100;  // Tenths of a second, for a question.
    return client->ask(is_question ? "GET" : "POST",
                       "/" + std::string(control_version) + "/" + std::string(verb_.name),
                       body.empty() ? std::string{} : boost::json::serialize(body), [&] {
                         if (is_question && --patience == 0) return false;
                         progress.look();
                         return interrupted == 0;
                       });
  }

  /// \return false: interrupted.
  bool await_end(int process) const {
    Progress progress(server_.path);
    for (;;) {
      pollfd ended{.fd = process, .events = POLLIN, .revents = 0};
      if (::poll(&ended, 1, 100) > 0) return true;
      if (interrupted != 0) return false;
      if (process < 0 && !ControlClient::connect(server_.path)) return true;
      progress.look();
    }
  }

  int show(const std::string& body) const {
    if (is_json_) {
      out_ << body;
    } else if (verb_.view != nullptr) {
      out_ << verb_.view(body);
    } else {
      const std::string note = verb_.name == "stop" ? "" : note_view(body);
      out_ << "pid " << server_.pid << ": " << verb_.name << " done"
           << (note.empty() ? "" : ": " + note) << '\n';
    }
    out_.flush();
    return exit_ok;
  }

  int refused(const ControlReply& reply) const {
    if (is_json_) out_ << reply.body << std::flush;
    if (verb_.name == "health" && reply.status == 503) {
      if (!is_json_) out_ << health_view(reply.body) << std::flush;
      return exit_failed;
    }
    const bool is_unknown = reply.status == 404 || reply.status == 501;
    const int status = is_unknown            ? exit_other_version
                       : reply.status == 403 ? exit_no_permission
                                             : exit_failed;
    return complain_(error_view(reply.body), status);
  }

  int fail(const Failure& failure) const {
    if (failure.code == boost::system::errc::operation_canceled) {
      if (interrupted != 0) return say_interrupted();
      return complain_("the server does not answer: pid " + std::to_string(server_.pid),
                       exit_failed);
    }
    const CtlTrouble trouble = ctl_trouble(server_.path, failure);
    return complain_(trouble.text, trouble.exit_status);
  }

  int say_interrupted() const {
    return complain_(verb_.view != nullptr
                         ? "interrupted"
                         : "interrupted: the server goes on with what was ordered",
                     exit_interrupted);
  }

  const CtlVerb& verb_;
  CtlServer server_;
  bool is_json_;
  std::ostream& out_;
  Complain complain_;
};

}  // namespace

int call_server(const CtlVerb& verb, const CtlServer& server, const boost::json::object& body,
                bool is_json, std::ostream& out, const Complain& complain) {
  catch_interrupt();
  return Ctl(verb, server, is_json, out, complain).run(body);
}

}  // namespace brood
