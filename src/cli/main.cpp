#include <iostream>
#include <string>
#include <vector>

#include "cli/command.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return brood::run_command(args, brood::built_in_handlers(), std::cout, std::cerr);
}
