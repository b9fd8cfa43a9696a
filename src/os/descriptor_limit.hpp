#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace brood {

/// The limit on open descriptors.
using DescriptorLimit = rlimit;

DescriptorLimit descriptor_limit() noexcept;

/// `limit` with its soft part raised to `needed` as far as its hard part lets it.
DescriptorLimit raised(DescriptorLimit limit, std::uint64_t needed) noexcept;

/// Raises the soft limit to `needed` as far as the hard limit lets it.
/// \return the soft limit that is now in force; below `needed` where the hard limit is.
std::uint64_t raise_descriptor_limit(std::uint64_t needed) noexcept;

/// Puts a limit in force, in a worker.
void set_descriptor_limit(const DescriptorLimit& limit) noexcept;

}  // namespace brood
