#include "cli/option_pool.hpp"

#include <algorithm>
#include <array>

#include "cli/auto_size.hpp"

namespace brood {
namespace {

/// Of a worker that serves many at once.
constexpr std::uint32_t connections_default = 1024;

struct PoolCount {
  std::string_view name;
  std::uint32_t ServeOptions::*value;
};
constexpr PoolCount start_workers{"start-workers", &ServeOptions::start_workers};
constexpr PoolCount min_spare{"min-spare", &ServeOptions::min_spare};
constexpr PoolCount max_spare{"max-spare", &ServeOptions::max_spare};
constexpr PoolCount max_workers{"max-workers", &ServeOptions::max_workers};
constexpr PoolCount threads{"threads", &ServeOptions::threads};
constexpr PoolCount connections{"connections-per-worker", &ServeOptions::connections_per_worker};

struct Relation {
  PoolCount low, high;
};
/// First those with max-workers: where it pushed an unset max-spare down, it is the one to name.
constexpr std::array relations{Relation{min_spare, max_workers}, Relation{max_spare, max_workers},
                               Relation{start_workers, max_workers}, Relation{min_spare, max_spare},
                               Relation{threads, connections}};

/// The entry that decided, or null for a default.
const OptionEntry* find_given(std::span<const OptionEntry> given, std::string_view name) {
  const auto found = std::find_if(given.rbegin(), given.rend(),
                                  [&](const OptionEntry& entry) { return entry.name == name; });
  return found == given.rend() ? nullptr : &*found;
}

OptionError conflict(const ServeOptions& options, std::span<const OptionEntry> given,
                     const Relation& relation) {
  const OptionEntry* const low = find_given(given, relation.low.name);
  const OptionEntry* const high = find_given(given, relation.high.name);
  const auto entry_of = [&](const OptionEntry* entry, const PoolCount& count) {
    if (entry != nullptr) return *entry;
    return OptionEntry{.name = std::string(count.name),
                       .value = std::to_string(options.*count.value)};
  };
  const OptionEntry lower = entry_of(low, relation.low);
  const OptionEntry higher = entry_of(high, relation.high);
  const std::string where = lower.line != 0 ? located(lower) : located(higher);
  const auto the = [](const OptionEntry* entry) { return entry == nullptr ? "the default " : ""; };
  return {where + the(low) + assigned(lower) + " is above " + the(high) + assigned(higher) +
          ": raise " + spelled(higher) + " or lower " + spelled(lower)};
}

/// "--model thread", or "the default --model prefork".
std::string chosen(const Model& model, std::span<const OptionEntry> given) {
  return (find_given(given, "model") != nullptr ? "--model " : "the default --model ") +
         std::string(model.name);
}

/// "prefork, prefork-epoll or thread": who has the option.
std::string models_with(std::string_view option) {
  std::vector<std::string_view> names;
  for (const Model& model : models())
    if (model.has_option(option)) names.push_back(model.name);
  std::string list{names.front()};
  for (std::size_t at = 1; at < names.size(); ++at)
    list.append(at + 1 < names.size() ? ", " : " or ").append(names[at]);
  return list;
}

}  // namespace

bool has_use_for(const Model& model, std::string_view option) {
  const auto has_it = [&](const Model& one) { return one.has_option(option); };
  return has_it(model) || std::ranges::none_of(models(), has_it);
}

namespace {

std::optional<OptionError> refuse_useless(const ServeOptions& options,
                                          std::span<const OptionEntry> given) {
  for (const OptionEntry& entry : given) {
    if (has_use_for(*options.model, entry.name)) continue;
    return OptionError{located(entry) + assigned(entry) + ": " + chosen(*options.model, given) +
                       " has no use for it: leave it out or choose --model " +
                       models_with(entry.name)};
  }
  if (options.max_workers != unlimited || !options.model->is_pool) return std::nullopt;
  const OptionEntry& entry = *find_given(given, "max-workers");
  return OptionError{located(entry) + assigned(entry) + ": a pool, as of " +
                     chosen(*options.model, given) +
                     ", needs a bound: give a number or choose --model process or thread"};
}

/// 1 and nothing else where a worker serves one connection at a time.
std::optional<OptionError> settle_connections(ServeOptions& options,
                                              std::span<const OptionEntry> given) {
  const OptionEntry* const entry = find_given(given, "connections-per-worker");
  if (options.model != &models().front()) {
    if (entry == nullptr) options.connections_per_worker = connections_default;
    return std::nullopt;
  }
  if (options.connections_per_worker == 1) return std::nullopt;
  return OptionError{located(*entry) + assigned(*entry) + ": a worker of " +
                     chosen(*options.model, given) +
                     " has one connection at a time: leave it out or choose --model "
                     "prefork-epoll"};
}

}  // namespace

std::optional<OptionError> settle_pool(ServeOptions& options, std::span<const OptionEntry> given) {
  if (options.auto_workers || options.auto_threads) {
    const AutoSize size = auto_size(*options.model, cpu_limit(), memory_limit());
    if (options.auto_workers) options.max_workers = size.max_workers;
    if (options.auto_threads) options.threads = size.threads;
  }
  if (auto error = refuse_useless(options, given)) return error;
  if (auto error = settle_connections(options, given)) return error;
  const auto yields = [&](const PoolCount& count, std::uint32_t most) {
    auto& value = options.*count.value;
    if (find_given(given, count.name) == nullptr) value = std::min(value, most);
  };
  yields(max_spare, options.max_workers);
  yields(min_spare, options.max_spare);
  yields(start_workers, options.max_workers);
  if (options.model->has_option("threads")) yields(threads, options.connections_per_worker);

  const auto matters = [&](const Relation& relation) {
    return options.model->has_option(relation.low.name);
  };
  for (const Relation& relation : relations)
    if (matters(relation) && options.*relation.low.value > options.*relation.high.value)
      return conflict(options, given, relation);
  return std::nullopt;
}

}  // namespace brood
