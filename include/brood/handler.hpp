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
  pid_t pid = 0;           ///< This worker's process.
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

/// Answers requests. One object a worker. In an event-driven worker other requests may come between
/// a request's admit() and its handle(): what the one finds out for the other goes with the values.
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
  /// May block, crash or take its time: it has its process to itself (in an event-driven worker
  /// its connections share it). An exception is a 500.
  virtual Response handle(const Request& request) = 0;
};

/// Makes a worker's handler; runs in the worker.
using HandlerFactory = std::function<std::unique_ptr<Handler>()>;

}  // namespace brood
