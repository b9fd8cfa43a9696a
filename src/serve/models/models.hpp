#pragma once
// models: level 5. The concurrency models that `--model` can name: one table, and a file for each
// of those that are more than a loop of `worker`. A model is what a worker does with its
// connections; supervisor, signals, log, sessions, limits and handlers are the same in all of them.

#include <brood/handler.hpp>
#include <cstdint>
#include <span>
#include <string_view>

#include "os/worker_spec.hpp"
#include "serve/worker/settings.hpp"

namespace brood {

/// A worker's life from INIT to EXIT. Runs in the child. \return the exit status.
using WorkerRun = int(const WorkerPlace&, const WorkerSettings&, const HandlerFactory&);

/// docs/models.md describes them.
struct Model {
  std::string_view name;
  WorkerRun* run = nullptr;
  bool is_pool = false;  ///< Of workers that share the connections; otherwise one has them all.
  /// What a worker has one of for each open connection, as the dump calls it.
  std::string_view unit;
  /// The options of the group "Pool" that it has. Of `max-workers` and `connections-per-worker`,
  /// those of a model without a pool bound what its worker has open.
  std::span<const std::string_view> options;
  std::string_view crash_costs;  ///< What is lost when a handler crashes.

  bool has_option(std::string_view option) const noexcept;
};

/// All of them, the default first.
std::span<const Model> models() noexcept;

/// The one with that name, or null.
const Model* find_model(std::string_view name) noexcept;

/// Instead of a number of workers: no bound but what a page can show, `connections_open_max`.
inline constexpr std::uint32_t unlimited = UINT32_MAX;

}  // namespace brood
