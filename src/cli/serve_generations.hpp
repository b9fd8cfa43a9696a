#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/serve.hpp"
#include "cli/serve_options.hpp"
#include "os/descriptor_limit.hpp"
#include "os/process.hpp"
#include "os/scoreboard_memory.hpp"
#include "serve/supervisor/generation.hpp"

namespace brood {

/// Descriptors besides one channel a worker: stdio, log, epoll, timer, signals, scoreboard, spare.
inline constexpr std::uint64_t own_descriptors = 64;

/// What many connections need in a worker; 0: what was found will do.
std::uint64_t descriptors_of_worker(const ServeOptions& options);
/// Workers and their programs get the limit that was found, unless many connections need more.
DescriptorLimit limit_of_workers(const ServeOptions& options, const DescriptorLimit& found);

/// The handler that the options name, or what is wrong with what they say of it.
std::variant<HandlerFactory, OptionError> make_handler(const ServeOptions& options,
                                                       std::span<const HandlerEntry> handlers);

/// Workers open it by themselves: better said now than by each of them.
std::optional<std::string> problem_with_access_log(const std::string& path);

/// Where a generation can be reached.
struct Bound {
  std::shared_ptr<ListenerSet> pool = std::make_shared<ListenerSet>();
  std::shared_ptr<ListenerSet> health = std::make_shared<ListenerSet>();  ///< One, or none.
};

/// Binds what `before` does not listen at, and shares the rest with it. \return why not, with
/// nothing left behind.
std::variant<Bound, ListenError> bind(const ServeOptions& options, const Bound& before);

/// What one server makes its generations of.
struct ServeParts {
  boost::asio::io_context& context;
  Processes& processes;
  ScoreboardMemory& scoreboard;
  DescriptorLimit found;  ///< Before ours was raised.

  /// No process is started.
  Generation make(const ServeOptions& options, const HandlerFactory& make_handler,
                  std::uint32_t number, const Bound& bound) const;
};

/// Makes a new generation of what command line and config file say by now.
class ServeReloader {
 public:
  /// \param first what they said at the start. \param is_for_person see Log.
  ServeReloader(const ServeParts& parts, std::span<const std::string> args,
                const ServeProgram& program, std::span<const HandlerEntry> handlers,
                const ServeOptions& first, bool is_for_person);

  /// See MakeNext.
  std::variant<NextGeneration, std::string> read_anew(const Generation& now, std::uint32_t number);

 private:
  struct Said {
    ServeOptions options;
    bool is_for_person = false;  ///< Of its log.
  };
  std::variant<ServeOptions, std::string> read() const;
  std::string needs_restart(const ServeOptions& options, const ServeOptions& before) const;

  const ServeParts& parts_;
  std::vector<std::string> args_;
  ServeProgram program_;
  std::span<const HandlerEntry> handlers_;
  std::map<std::uint32_t, Said> said_;  ///< By generation: the one in force, and one to come.
};

}  // namespace brood
