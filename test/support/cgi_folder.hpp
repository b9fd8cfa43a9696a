#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "support/faults.hpp"

namespace brood::test {

/// Programs for the cgi handler, in a folder of their own.
class CgiFolder {
 public:
  std::string path() const { return folder_ / ""; }
  std::string operator/(const std::string& name) const { return folder_ / name; }

  /// A shell script with this text, ready to be run.
  void add(const std::string& name, const std::string& script) const {
    std::ofstream(folder_ / name) << "#!/bin/sh\n" << script;
    ::chmod((folder_ / name).c_str(), 0755);
  }

  /// The number that a program has left in a file, with `report_pid` say; waited for.
  pid_t number_in(const std::string& name) const {
    pid_t number = 0;
    if (!eventually([&] { return bool{std::ifstream(folder_ / name) >> number}; }))
      throw std::runtime_error("no program has left a number in " + name);
    return number;
  }

 private:
  TempFolder folder_;
};

/// Lines of a script: a head, and its pid into a file that is whole when it is there.
inline const std::string text_head = "printf 'Content-Type: text/plain\\n\\n'\n";
inline const std::string report_pid = "echo $$ > pid.new; mv pid.new pid\n";

/// A server that runs them.
inline Launch cgi_launch(const std::string& root, const std::vector<std::string>& more = {},
                         int size = 1) {
  std::vector<std::string> options = pool_of(size, {"--handler", "cgi", "--root", root});
  options.insert(options.end(), more.begin(), more.end());
  return {.binary = BROOD_BINARY, .options = options, .limits = {{RLIMIT_CORE, 0}}};
}

/// What came on a connection, up to its end.
struct Answer {
  int status = 0;
  std::string head;
  std::string body;  ///< As it was framed.
};

/// Sends a request of HTTP/1.0, whose answer is not chunked and ends with the connection.
inline Answer ask(const Server& server, const std::string& target, const std::string& fields = "",
                  const std::string& body = "", const std::string& method = "GET") {
  Client client = Client::tcp(server.port());
  client.send(method + " " + target + " HTTP/1.0\r\nHost: test.example:99\r\n" + fields + "\r\n" +
              body);
  const std::string bytes = client.read_to_end().first;
  const auto end = std::min(bytes.find("\r\n\r\n"), bytes.size());
  Answer answer{.head = bytes.substr(0, end),
                .body = bytes.substr(std::min(end + 4, bytes.size()))};
  if (answer.head.size() > 12) answer.status = std::atoi(answer.head.c_str() + 9);
  return answer;
}

/// The same with a body.
inline Answer post(const Server& server, const std::string& target, const std::string& body,
                   const std::string& fields = "") {
  return ask(server, target, fields + "Content-Length: " + std::to_string(body.size()) + "\r\n",
             body, "POST");
}

/// Whether the log has a note with this text somewhere in it.
inline bool has_note(const Server& server, const std::string& text) {
  for (const LogLine& note : server.log("worker_note"))
    if (text_of(note, "text").find(text) != std::string::npos) return true;
  return false;
}

/// Waits for one.
inline bool is_noted(const Server& server, const std::string& text) {
  return eventually([&] { return has_note(server, text); });
}

/// The same of a program that may take its time to end: then the note comes with a later request.
inline bool is_noted_later(const Server& server, const std::string& target,
                           const std::string& text) {
  return eventually([&] {
    ask(server, target);
    return has_note(server, text);
  });
}

}  // namespace brood::test
