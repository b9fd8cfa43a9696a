#pragma once
// The public face of brood. A handler turns one request into one response: values in, values out.
// It never sees a socket, so the same handler serves blocking and event-driven workers.

#include <sys/types.h>

#include <brood/request.hpp>
#include <brood/response.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace brood {

/// Where a handler finds itself. Handed over once, in the worker, before its first request.
struct WorkerInfo {
  std::uint32_t slot = 0;  ///< The place in the pool, from 0; a replacement inherits it.
  pid_t pid = 0;           ///< This worker's process; of a process per connection, that one's.
  /// Which of the worker's handlers this is, from 0; there are more of them only in threads.
  std::uint32_t thread = 0;
  /// Puts a text into the server's log (`worker_note`): escaped, cut at 512 bytes, dropped if it is
  /// too much at once. Good for the worker's whole life.
  std::function<void(std::string_view)> note{};
};

/// Whether a request is wanted, said when its head is known and before its body is read.
struct Admission {
  int status = 0;           ///< 0: go on; otherwise refuse with this status (400 to 599).
  bool wants_body = false;  ///< Otherwise the body is read and dropped.
  /// Where a wanted body is to be written, such as an O_TMPFILE of the handler's own choice, which
  /// handle() then finds as the body's file. Empty: the worker keeps a small body in memory and
  /// makes a file without a name for a large one.
  UniqueFd body_file{};
  std::vector<Field> fields{};  ///< Of a refusal, such as Allow.
};

/// Answers requests. One object a worker; where a worker has threads (--model thread, thread-pool),
/// one for each that serves. No two threads are ever in one object, nor in two at once in
/// on_start() or on_exit(); but the next connection may come with another thread, and what objects
/// share, such as a static, is theirs to lock. In --model process each connection has a process and
/// an object to itself. In an event-driven worker other requests may come between a request's
/// admit() and its handle(): what the one finds out for the other goes with the values.
class Handler {
 public:
  virtual ~Handler() = default;

  /// Runs in the worker before it reports for duty; a failure belongs in an exception, which ends
  /// the worker with its text in the log. (Where a process or one more thread is made for a
  /// connection, it runs there, before the first request, and a failure costs the connection.)
  virtual void on_start(const WorkerInfo& worker) { (void)worker; }
  /// Runs in the worker when it leaves by itself; not when it is killed.
  virtual void on_exit() {}

  /// `request` has no body yet.
  virtual Admission admit(const Request& request) {
    (void)request;
    return {};
  }
  /// May block, crash or take its time: it has its process to itself. (Threads share it, and what a
  /// crash costs; so do the connections of an event-driven worker, which also wait for a handler
  /// that blocks.) An exception is a 500.
  virtual Response handle(const Request& request) = 0;
};

/// Makes a worker's handler; runs in the worker, never twice at once.
using HandlerFactory = std::function<std::unique_ptr<Handler>()>;

}  // namespace brood
