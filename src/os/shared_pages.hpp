#pragma once

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "wire/scoreboard.hpp"

namespace brood {

/// Pages that a process shares with the children that it forks, one for each: in it the child shows
/// itself. The kernel gives memory for a page when it is first touched, and those that have been
/// used are used again first.
class SharedPages {
 public:
  /// \return the Failure of mmap(2), such as ENOMEM.
  static Result<SharedPages> create(std::uint32_t count) noexcept;

  SharedPages(SharedPages&& other) noexcept;
  SharedPages& operator=(SharedPages&&) = delete;
  ~SharedPages();

  /// A page that nobody has, cleared. \pre not all are taken.
  SlotPage& take();
  void give_back(SlotPage& page) { free_.push_back(&page); }

 private:
  SharedPages(SlotPage* pages, std::uint32_t count) noexcept : pages_(pages), count_(count) {}

  SlotPage* pages_;
  std::uint32_t count_;
  std::uint32_t used_ = 0;
  std::vector<SlotPage*> free_;
};

}  // namespace brood
