#include "os/descriptor_limit.hpp"

#include <algorithm>

namespace brood {

DescriptorLimit descriptor_limit() noexcept {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return limit;
}

DescriptorLimit raised(DescriptorLimit limit, std::uint64_t needed) noexcept {
  limit.rlim_cur = std::min<rlim_t>(std::max<rlim_t>(limit.rlim_cur, needed), limit.rlim_max);
  return limit;
}

std::uint64_t raise_descriptor_limit(std::uint64_t needed) noexcept {
  set_descriptor_limit(raised(descriptor_limit(), needed));
  return descriptor_limit().rlim_cur;
}

void set_descriptor_limit(const DescriptorLimit& limit) noexcept {
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace brood
