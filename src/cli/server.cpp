#include <brood/server.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "cli/command.hpp"

namespace brood {

int serve(int argc, char** argv, const HandlerFactory& make_handler) {
  const std::vector<std::string> words(argv, argv + argc);
  if (words.empty()) return run_own_server({}, "server", make_handler, std::cout, std::cerr);
  const std::string command = words.front().substr(words.front().rfind('/') + 1);
  return run_own_server(std::span(words).subspan(1), command, make_handler, std::cout, std::cerr);
}

}  // namespace brood
