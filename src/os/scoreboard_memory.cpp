#include "os/scoreboard_memory.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

namespace brood {

std::uint32_t ScoreboardMemory::slots_most() noexcept {
  constexpr rlim_t most = std::numeric_limits<std::uint32_t>::max();
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return most;
  const rlim_t pages = std::min(limit.rlim_cur / scoreboard_page_size, most);
  return static_cast<std::uint32_t>(pages - std::min<rlim_t>(pages, 1));  // Page 0.
}

Result<ScoreboardMemory> ScoreboardMemory::create(std::uint32_t slot_count) noexcept {
  const std::size_t size = (std::size_t{slot_count} + 1) * scoreboard_page_size;
  UniqueFd fd{::memfd_create("brood scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!fd) return failure_from_errno("memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return failure_from_errno("ftruncate");
  void* base = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return failure_from_errno("mmap");
  if (::fcntl(fd.get(), F_ADD_SEALS,
              F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    const Failure failure = failure_from_errno("fcntl(F_SEAL_FUTURE_WRITE)");
    ::munmap(base, size);
    return failure;
  }
  ScoreboardMemory memory(std::move(fd), base, size);
  new (base) SupervisorPage;
  // A slot's page is cleared when a worker is about to be born: until then the kernel need not
  // give memory for it, and zeros are what its atomics begin with.
  return memory;
}

ScoreboardMemory::ScoreboardMemory(ScoreboardMemory&& other) noexcept
    : fd_(std::move(other.fd_)), base_(std::exchange(other.base_, nullptr)), size_(other.size_) {}

ScoreboardMemory::~ScoreboardMemory() {
  if (base_ != nullptr) ::munmap(base_, size_);
}

Scoreboard ScoreboardMemory::view() const noexcept {
  auto* const bytes = static_cast<std::byte*>(base_);
  return {.head = reinterpret_cast<SupervisorPage*>(bytes),
          .slots = reinterpret_cast<SlotPage*>(bytes + scoreboard_page_size)};
}

bool ScoreboardMemory::restrict_to(std::uint32_t slot) noexcept {
  auto* const bytes = static_cast<std::byte*>(base_);
  const auto map_read_only = [&](std::size_t begin, std::size_t end) {
    return begin == end || ::mmap(bytes + begin, end - begin, PROT_READ, MAP_SHARED | MAP_FIXED,
                                  fd_.get(), static_cast<off_t>(begin)) != MAP_FAILED;
  };
  const std::size_t own = (std::size_t{slot} + 1) * scoreboard_page_size;
  const bool restricted = map_read_only(0, own) && map_read_only(own + scoreboard_page_size, size_);
  fd_.reset();
  return restricted;
}

}  // namespace brood
