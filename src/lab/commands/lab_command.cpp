#include "lab/commands/lab_command.hpp"

#include "cli/command.hpp"
#include "cli/complain.hpp"
#include "cli/exit_status.hpp"
#include "lab/commands/compare.hpp"
#include "lab/commands/simulate.hpp"

namespace brood {

int run_lab_command(std::span<const std::string> args, std::ostream& out, std::ostream& err) {
  const std::string_view name = args.empty() ? std::string_view{} : args.front();
  return guarded("brood", err, [&] {
    if (name == "compare") return run_compare(args.subspan(1), out, err);
    if (name == "simulate") return run_simulate(args.subspan(1), out, err);
    return Complain{err}(
        "brood-lab is started by brood compare and brood simulate: see brood --help",
        exit_bad_options);
  });
}

}  // namespace brood
