#include "serve/worker/start_handler.hpp"

#include <unistd.h>

#include <exception>
#include <string>

namespace brood {

std::unique_ptr<Handler> start_handler(const HandlerFactory& make_handler, std::uint32_t slot,
                                       std::uint32_t thread, Report& report) {
  try {
    std::unique_ptr<Handler> handler = make_handler();
    handler->on_start({.slot = slot,
                       .pid = ::getpid(),
                       .thread = thread,
                       .note = [&report](std::string_view text) { report.note(text); }});
    return handler;
  } catch (const std::exception& error) {
    report.note(std::string("on_start: ") + error.what());
    return nullptr;
  }
}

}  // namespace brood
