#include "os/descriptor_limit.hpp"

#include <algorithm>

namespace brood {

DescriptorLimit descriptor_limit() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

std::uint64_t raise_descriptor_limit(std::uint64_t needed) noexcept {
  rlimit limit = descriptor_limit();
  if (limit.rlim_cur >= needed) return limit.rlim_cur;
  limit.rlim_cur = std::min<rlim_t>(needed, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return descriptor_limit().rlim_cur;
}

void restore_descriptor_limit(const DescriptorLimit& limit) noexcept {
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace brood
