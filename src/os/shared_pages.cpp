#include "os/shared_pages.hpp"

#include <sys/mman.h>

#include <cassert>
#include <utility>

namespace brood {

Result<SharedPages> SharedPages::create(std::uint32_t count) noexcept {
  void* const base = ::mmap(nullptr, count * sizeof(SlotPage), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return failure_from_errno("mmap");
  return SharedPages(static_cast<SlotPage*>(base), count);  // Its atomics begin with zeros.
}

SharedPages::SharedPages(SharedPages&& other) noexcept
    : pages_(std::exchange(other.pages_, nullptr)),
      count_(other.count_),
      used_(other.used_),
      free_(std::move(other.free_)) {}

SharedPages::~SharedPages() {
  if (pages_ != nullptr) ::munmap(pages_, count_ * sizeof(SlotPage));
}

SlotPage& SharedPages::take() {
  assert(!free_.empty() || used_ < count_);
  if (free_.empty()) free_.push_back(&pages_[used_++]);
  SlotPage& page = *free_.back();
  free_.pop_back();
  page.clear();
  return page;
}

}  // namespace brood
