#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>

#include "os/descriptor_limit.hpp"
#include "os/process.hpp"
#include "os/scoreboard_memory.hpp"
#include "os/worker_source.hpp"

namespace brood {

/// A worker's whole life; runs in the child, and its result is the exit status.
using WorkerLife = std::function<int(const WorkerPlace&)>;

/// Workers by plain fork(): they inherit what the supervisor has in memory, their life included.
class ForkSource final : public WorkerSource {
 public:
  /// \param limit for the workers, instead of the supervisor's own, raised one.
  ForkSource(boost::asio::io_context& context, Processes& processes, ScoreboardMemory& scoreboard,
             const DescriptorLimit& limit, WorkerLife life);

  Result<pid_t> start(const WorkerSpec& spec, std::span<const int> descriptors) override;

 private:
  int live(const WorkerSpec& spec) const;

  boost::asio::io_context& context_;
  Processes& processes_;
  ScoreboardMemory& scoreboard_;
  DescriptorLimit limit_;
  WorkerLife life_;
};

}  // namespace brood
