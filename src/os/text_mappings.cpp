#include "os/text_mappings.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string>

#include <brood/unique_fd.hpp>

namespace brood {
namespace {

/// "55d0a000-55d0b000 r-xp 00001000 fe:00 1234   /usr/bin/brood"
bool is_text(std::string_view line) noexcept {
  const auto permissions = line.substr(std::min(line.find(' '), line.size()));
  return permissions.starts_with(" r-xp ") && line.find('/') != std::string_view::npos;
}

bool write_back(int memory_fd, std::uintptr_t address) noexcept {
  const auto offset = static_cast<off_t>(address);
  char byte = 0;
  return ::pread(memory_fd, &byte, 1, offset) == 1 && ::pwrite(memory_fd, &byte, 1, offset) == 1;
}

}  // namespace

std::vector<std::uintptr_t> text_mappings(std::string_view maps) {
  std::vector<std::uintptr_t> begins;
  while (!maps.empty()) {
    const std::string_view line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(line.size() + 1, maps.size()));
    std::uintptr_t begin = 0;
    if (is_text(line) && std::from_chars(line.begin(), line.end(), begin, 16).ec == std::errc{})
      begins.push_back(begin);
  }
  return begins;
}

std::size_t hand_text_on_to_children() {
  std::ifstream file("/proc/self/maps");
  const std::string maps(std::istreambuf_iterator<char>(file), {});
  const UniqueFd memory{::open("/proc/self/mem", O_RDWR | O_CLOEXEC)};
  std::size_t count = 0;
  for (const std::uintptr_t begin : text_mappings(maps))
    if (memory && write_back(memory.get(), begin)) ++count;
  return count;
}

}  // namespace brood
