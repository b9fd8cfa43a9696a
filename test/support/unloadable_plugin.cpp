// Libraries that are no plugins; each is built with one of these names as BROKEN.
#include <brood/plugin.h>
#include <unistd.h>

#include <cstdlib>
#include <thread>

namespace {

enum Broken { crashes, exits, hangs, starts_thread, old_version, no_handle };

[[noreturn]] void hang() {
  for (;;) ::pause();
}

struct Constructor {
  Constructor() {
    if (BROKEN == crashes) std::abort();
    if (BROKEN == exits) ::_exit(0);
    if (BROKEN == hangs) hang();
    if (BROKEN == starts_thread) std::thread(hang).detach();
  }
} const constructor;

int handle(void*, const brood_request*, brood_response* response) {
  response->add_body(response, "ok\n", 3);
  return 0;
}

}  // namespace

const struct brood_plugin brood_plugin = {
    .abi_version = BROKEN == old_version ? 0u : BROOD_PLUGIN_ABI,
    .name = "unloadable",
    .start = nullptr,
    .admit = nullptr,
    .handle = BROKEN == no_handle ? nullptr : handle,
    .stop = nullptr};
