#include "cli/laboratory.hpp"

#include <unistd.h>

#include <filesystem>
#include <vector>

#include "base/result.hpp"
#include "cli/complain.hpp"
#include "cli/exit_status.hpp"
#include "cli/option_entry.hpp"

namespace brood {

int become_laboratory(std::span<const std::string> args, std::ostream& err) {
  std::error_code unknown;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", unknown);
  const std::string path = (self.parent_path() / "brood-lab").string();
  std::vector<std::string> words{path};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execv(path.c_str(), pointers.data());
  const std::string reason = failure_from_errno("execv").code.message();
  return Complain{err}(shown(args.front()) + " is in a program of its own, " + shown(path) + ": " +
                           reason + ": build it with ./dev lab, or install it beside brood",
                       exit_failed);
}

}  // namespace brood
