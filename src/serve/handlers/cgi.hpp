#pragma once

#include <brood/handler.hpp>
#include <memory>
#include <string>
#include <variant>

#include "base/clock.hpp"
#include "http/limits.hpp"
#include "os/descriptor_limit.hpp"
#include "serve/handlers/cgi_environment.hpp"
#include "serve/handlers/cgi_root.hpp"
#include "serve/handlers/cgi_run.hpp"

namespace brood {

/// What programs are run, and how.
struct CgiSettings {
  std::string root;                  ///< See CgiRoot.
  CgiVariables handed;               ///< Of the server's environment; a program sees no other.
  bool hands_authorization = false;  ///< Programs see the request's Authorization.
  Duration timeout = std::chrono::seconds{30};  ///< Of silence; 0: no limit.
  std::uint64_t output_max = 0;                 ///< Of a body, in bytes; 0: no limit.
  SessionLimits head_limits;                    ///< Of a program's head.
  DescriptorLimit descriptor_limit{};           ///< For programs.
};

/// Runs a program for each request and answers what it says: CGI/1.1 (RFC 3875). Not supported:
/// scripts that write the whole HTTP response (section 5), words of a query as arguments (4.4).
/// Blocks until a program's head is whole; its body is the worker's to stream.
class CgiHandler final : public Handler {
 public:
  explicit CgiHandler(CgiSettings settings) : settings_(std::move(settings)) {}

  /// Throws if the root is no longer what it was when the server started.
  void on_start(const WorkerInfo& worker) override;
  /// Refuses what names no program before its body is sent.
  Admission admit(const Request& request) override;
  Response handle(const Request& request) override;
  /// Waits for programs that have been asked to end, for a second at most.
  void on_exit() override;

 private:
  using Started = std::variant<std::shared_ptr<CgiRun>, int>;

  void note_ended();
  Started run(const Request& request, TimePoint deadline);
  Started start(const Request& request, const CgiProgram& program);
  Response answer(const std::shared_ptr<CgiRun>& run) const;
  int fail(const std::string& name, const Failure& failure) const;

  CgiSettings settings_;
  CgiRoot root_;
  WorkerInfo worker_;
  std::shared_ptr<ProgramReaper> reaper_ = std::make_shared<ProgramReaper>();
};

}  // namespace brood
