#include <iostream>
#include <string>
#include <vector>

#include "lab/commands/lab_command.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return brood::run_lab_command(args, std::cout, std::cerr);
}
