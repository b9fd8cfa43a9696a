#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace brood::test {

/// All that `--model` can name: to a client they are the same.
inline const std::vector<std::string> all_models{"prefork", "prefork-epoll", "process",
                                                 "thread",  "thread-pool",   "evented"};

inline const std::vector<std::string> models_with_pool{"prefork", "prefork-epoll"};

inline bool has_pool(const std::string& model) {
  return std::ranges::find(models_with_pool, model) != models_with_pool.end();
}

/// Options of a server that serves `size` clients at once at least: a pool that keeps so many
/// workers, one event-driven worker, or what the model has instead.
inline std::vector<std::string> options_of_model(const std::string& model, int size,
                                                 const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--model", model};
  if (has_pool(model))
    for (const char* const count : {"--start-workers", "--min-spare", "--max-spare"})
      options.insert(options.end(), {count, std::to_string(model == "prefork" ? size : 1)});
  if (model == "thread-pool") options.insert(options.end(), {"--threads", std::to_string(size)});
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

}  // namespace brood::test
