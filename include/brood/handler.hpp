#pragma once
// The public face of brood. A handler turns one request into one response: values in, values out.
// It never sees a socket, so the same handler serves blocking and event-driven workers.

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace brood {

/// Where a handler finds itself. Handed over once, in the worker, before its first request.
struct WorkerInfo {
  std::uint32_t slot = 0;  ///< The place in the pool, from 0; a replacement inherits it.
  pid_t pid = 0;           ///< This worker's process.
};

/// One request. The views point into the worker's buffer and are good until handle() returns.
struct Request {
  std::string_view method;         ///< As sent: methods are case-sensitive (RFC 9110, section 9.1).
  std::string_view target;         ///< As sent, in any of the four forms of RFC 9112, section 3.2.
  std::string_view body;           ///< Whole, decoded; empty unless admit() wanted it.
  std::uint64_t connection_count;  ///< Connections of this worker so far, this one included.
};

/// A field of a response, such as {"Content-Type", "text/html"}. Framing fields (Content-Length,
/// Transfer-Encoding, Connection, Date, Server) are the server's and must not be given.
struct Field {
  std::string_view name;
  std::string value;
};

/// One response, as a value.
struct Response {
  int status = 200;  ///< Of a final response: 200 to 599.
  std::vector<Field> fields;
  std::string body;
  /// The earliest moment at which the response may be sent, after the request was whole. The
  /// worker waits, so that a handler need not sleep.
  std::chrono::nanoseconds not_before{0};
};

/// Whether a request is wanted, said when its head is known and before its body is read.
struct Admission {
  int status = 0;          ///< 0: go on; otherwise refuse with this status (400 to 599).
  bool wants_body = false;  ///< Otherwise the body is read and dropped.
};

/// Answers requests. One object a worker; one request at a time.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Runs in the worker before it reports for duty; a failure belongs in an exception, which ends
  /// the worker with its text in the log.
  virtual void on_start(const WorkerInfo& worker) { (void)worker; }
  /// Runs in the worker when it leaves by itself; not when it is killed.
  virtual void on_exit() {}

  /// `request` has no body yet.
  virtual Admission admit(const Request& request) {
    (void)request;
    return {};
  }
  /// May block, crash or take its time: it has its process to itself. An exception is a 500.
  virtual Response handle(const Request& request) = 0;
};

}  // namespace brood
