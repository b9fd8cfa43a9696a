// What a person sees who starts a server on a terminal of 80 columns.
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <cstdlib>

#include "support/backend.hpp"
#include "support/client.hpp"
#include "support/server.hpp"

BOOST_AUTO_TEST_SUITE(terminal)

namespace {

using namespace brood::test;

/// A program on a terminal of its own, which ends with the object.
class OnTerminal {
 public:
  OnTerminal(std::vector<std::string> words, std::vector<const char*> environment) {
    words.insert(words.begin(), BROOD_BINARY);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    environment.push_back(nullptr);
    winsize size{.ws_row = 40, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
    int terminal = -1;
    pid_ = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::execve(BROOD_BINARY, argv.data(), const_cast<char* const*>(environment.data()));
      ::_exit(127);
    }
    BOOST_REQUIRE(pid_ > 0);
    terminal_.reset(terminal);
  }
  ~OnTerminal() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  OnTerminal(const OnTerminal&) = delete;
  OnTerminal& operator=(const OnTerminal&) = delete;

  pid_t pid() const { return pid_; }
  void close() { terminal_.reset(); }
  bool is_over() {
    int status = 0;
    return ::waitpid(pid_, &status, WNOHANG) == pid_ && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
  }
  void type(std::string_view keys) {
    BOOST_REQUIRE(::write(terminal_.get(), keys.data(), keys.size()) > 0);
  }

  /// Waits until that is on the screen.
  void await(const std::string& text) {
    BOOST_REQUIRE_MESSAGE(eventually([&] {
                            pollfd readable{.fd = terminal_.get(), .events = POLLIN, .revents = 0};
                            if (::poll(&readable, 1, 0) == 1) take();
                            return screen_.find(text) != std::string::npos;
                          }),
                          text << " does not come:\n"
                               << screen_);
  }
  const std::string& screen() const { return screen_; }

  /// Without colours and the keys that were typed.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines{""};
    for (std::size_t at = 0; at < screen_.size(); ++at) {
      if (screen_[at] == '\x1b')
        at = screen_.find('m', at);
      else if (screen_[at] == '\n')
        lines.emplace_back();
      else if (screen_[at] != '\r')
        lines.back() += screen_[at];
    }
    for (std::string& line : lines)
      if (line.starts_with("^C")) line.erase(0, 2);
    return lines;
  }

 private:
  void take() {
    std::array<char, 4096> bytes;
    const ssize_t size = ::read(terminal_.get(), bytes.data(), bytes.size());
    if (size > 0) screen_.append(bytes.data(), static_cast<std::size_t>(size));
  }

  pid_t pid_ = 0;
  brood::UniqueFd terminal_;
  std::string screen_;
};

const std::vector<const char*> coloured{"TERM=xterm-256color"};
const std::vector<const char*> plain{"TERM=xterm-256color", "NO_COLOR=1"};
const std::vector<const char*> dumb{"TERM=dumb"};

std::string how_to_stop(const OnTerminal& server) {
  return "To stop: kill -TERM " + std::to_string(server.pid());
}

void check_width(const OnTerminal& server) {
  for (const std::string& line : server.lines()) BOOST_TEST(line.size() <= 80U, line);
}

/// The first line that begins so.
std::string line_with(const OnTerminal& server, std::string_view beginning) {
  const std::vector<std::string> lines = server.lines();
  const auto found = std::ranges::find_if(
      lines, [&](const std::string& line) { return line.starts_with(beginning); });
  return found == lines.end() ? "" : *found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(serve_says_where_it_is_and_how_it_is_stopped) {
  OnTerminal server({"serve", "--listen", "127.0.0.1:0"}, coloured);
  server.await("listening at 127.0.0.1:");
  server.await(how_to_stop(server));
  server.await("Ctrl-C shows the pool");
  server.await("@@");  // Verbose.
  BOOST_TEST(server.screen().find("\x1b[") != std::string::npos);
  check_width(server);
}

BOOST_AUTO_TEST_CASE(ctrl_c_shows_the_pool_as_a_table_and_serving_goes_on) {
  OnTerminal server(
      {"serve", "--listen", "127.0.0.1:0", "--start-workers", "3", "--min-spare", "1"}, plain);
  server.await("@@ 3 idle");
  server.type("\x03");
  server.await("~~ The pool: 3 idle, 0 busy");
  server.await("~~ To stop: kill -TERM " + std::to_string(server.pid()));
  const std::string before_port = "listening at 127.0.0.1:";
  const std::size_t port = server.screen().find(before_port) + before_port.size();
  BOOST_TEST(get(static_cast<std::uint16_t>(std::stoi(server.screen().substr(port))), "/").status ==
             200);
  const std::string titles = line_with(server, "~~ slot");
  for (const char* slot : {"~~    0  ", "~~    1  ", "~~    2  "})
    BOOST_TEST(line_with(server, slot).size() == titles.size(), server.screen());
  BOOST_TEST(server.screen().find('\x1b') == std::string::npos);
  check_width(server);
}

BOOST_AUTO_TEST_CASE(the_start_and_the_dump_are_shown_whatever_the_level_is) {
  OnTerminal server({"serve", "--listen", "127.0.0.1:0", "--log-level", "error"}, dumb);
  server.await("listening at 127.0.0.1:");
  server.await(how_to_stop(server));
  server.type("\x03");
  server.await("~~ The pool: ");
  server.await("~~ To stop: ");
  BOOST_TEST(server.screen().find("@@") == std::string::npos);
  BOOST_TEST(server.screen().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(balance_shows_its_servers_and_why_one_is_not_up) {
  const Backend backend;
  OnTerminal balancer({"balance", "--listen", "127.0.0.1:0", "--server", backend.address(),
                       "--server", "127.0.0.1:1", "--health-interval", "100ms"},
                      plain);
  balancer.await("listening at 127.0.0.1:");
  balancer.await(how_to_stop(balancer));
  balancer.await("serving: 1 of 2 servers up");
  balancer.type("\x03");
  balancer.await("~~ To stop: ");
  const std::string titles = line_with(balancer, "~~ server ");
  BOOST_TEST(line_with(balancer, "~~ " + backend.address()).size() == titles.size(),
             balancer.screen());
  BOOST_TEST(line_with(balancer, "~~ 127.0.0.1:1 ").size() == titles.size());
  BOOST_TEST(!line_with(balancer, "~~     ").empty(), balancer.screen());
  check_width(balancer);
}

BOOST_AUTO_TEST_CASE(sighup_of_a_person_reloads_and_that_of_a_closing_terminal_stops) {
  OnTerminal server({"serve", "--listen", "127.0.0.1:0"}, plain);
  server.await(how_to_stop(server));
  ::kill(server.pid(), SIGHUP);
  server.await("reloaded in");
  server.close();
  BOOST_TEST(eventually([&] { return server.is_over(); }));
}

BOOST_AUTO_TEST_SUITE_END()
