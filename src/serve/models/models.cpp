#include "serve/models/models.hpp"

#include <algorithm>
#include <array>

#include "serve/worker/worker.hpp"

namespace brood {

WorkerRun run_process, run_thread, run_thread_pool;  // Each in the file of its name.

namespace {

constexpr std::string_view of_pools[]{
    "start-workers",   "min-spare",    "max-spare",           "max-workers",           "policy",
    "epoll-exclusive", "max-requests", "max-requests-jitter", "connections-per-worker"};
constexpr std::string_view of_workers[]{"max-workers"};
constexpr std::string_view of_thread_pool[]{"threads", "connections-per-worker"};
constexpr std::string_view of_evented[]{"connections-per-worker"};

// clang-format off
constexpr Model table[]{
    // name           run               pool   unit           options         a crash costs
    {"prefork",       run_worker,       true,  "connections", of_pools,       "the connection"},
    {"prefork-epoll", run_epoll_worker, true,  "connections", of_pools,       "its worker's"},
    {"process",       run_process,      false, "children",    of_workers,     "the connection"},
    {"thread",        run_thread,       false, "threads",     of_workers,     "all connections"},
    {"thread-pool",   run_thread_pool,  false, "connections", of_thread_pool, "all connections"},
    {"evented",       run_epoll_worker, false, "connections", of_evented,     "all connections"},
};
// clang-format on

}  // namespace

bool Model::has_option(std::string_view option) const noexcept {
  return std::ranges::find(options, option) != options.end();
}

std::span<const Model> models() noexcept {
  return table;
}

const Model* find_model(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(table, name, &Model::name);
  return found == std::end(table) ? nullptr : found;
}

}  // namespace brood
