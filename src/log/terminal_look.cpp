#include "log/terminal_look.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace brood {
namespace {

/// See https://no-color.org; a dumb terminal can do nothing (terminfo(5)).
bool wants_colours() {
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const terminal = std::getenv("TERM");
  return (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

}  // namespace

TerminalLook look_of_terminal(int fd) {
  static const bool is_wanted = wants_colours();
  TerminalLook look{.is_coloured = is_wanted && ::isatty(fd) == 1};
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) look.columns = size.ws_col;
  return look;
}

}  // namespace brood
