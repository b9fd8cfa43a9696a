// The smallest plugin:
//
//   cc -shared -fPIC -I include -o hello.so examples/plugins/hello.c
//   brood serve --handler plugin --plugin ./hello.so
#include <brood/plugin.h>
#include <stdio.h>

static int handle(void* state, const struct brood_request* request,
                  struct brood_response* response) {
  char text[256];
  const int size =
      snprintf(text, sizeof text, "hello from %.*s\n",
               (int)(request->path.size > 200 ? 200 : request->path.size), request->path.data);
  (void)state;
  response->add_field(response, "Content-Type", "text/plain; charset=utf-8");
  response->add_body(response, text, (size_t)size);
  return 0;
}

const struct brood_plugin brood_plugin = {
    .abi_version = BROOD_PLUGIN_ABI,
    .name = "hello",
    .handle = handle,
};
