#include "support/built.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>

namespace brood::test {
namespace {

namespace fs = std::filesystem;

fs::path folder() {
  if (const char* const named = std::getenv("BROOD_BUILD")) return named;
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path();
}

}  // namespace

const char* built(const char* name) {
  static std::mutex mutex;
  static std::map<std::string, std::string> paths;
  const std::lock_guard lock(mutex);
  return paths.try_emplace(name, (folder() / name).string()).first->second.c_str();
}

bool is_sanitized() {
  static const bool is = [] {
    std::ostringstream program;
    program << std::ifstream(BROOD_BINARY, std::ios::binary).rdbuf();
    const std::string bytes = program.str();
    return bytes.find("__asan_init") != bytes.npos || bytes.find("__tsan_init") != bytes.npos;
  }();
  return is;
}

}  // namespace brood::test
