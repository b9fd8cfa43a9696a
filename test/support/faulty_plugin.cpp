// A plugin that does to its worker what the request's path says.
//
//   /signal/N     raises signal N            /exit/N      leaves with status N at once
//   /loop         never returns              /leak/N      keeps N MiB
//   /throw        throws                     /fail/N      returns N
//   /status/N     answers with status N      /field       answers with a field of the server's
//   /pull/N       answers with N bytes 'x', pulled; /pull/N?unsized does not tell how many
//   /pull-fails   pulls some, then fails     /pull-lies   says that it filled more than there was
//   /both         adds a body, then pulls one, then adds one
//   anything else answers with what the request is
//
// admit() refuses /refuse/N with status N and drops the body of /drop. start() does what
// --plugin-arg says: "fail" fails, "crash" crashes, anything else is put into the log.
#include <brood/plugin.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

struct State {
  const brood_worker* worker = nullptr;
  std::string argument;
};

std::string_view view(brood_text text) {
  return {text.data, text.size};
}

int number_in(std::string_view path) {
  return std::atoi(std::string(path.substr(path.rfind('/') + 1)).c_str());
}

struct Source {
  const brood_worker* worker;
  std::int64_t left;
  bool fails = false;
  bool lies = false;

  static std::int64_t read(void* context, char* space, std::size_t size) {
    auto& self = *static_cast<Source*>(context);
    if (self.lies) return static_cast<std::int64_t>(size) + 1;
    if (self.left == 0) return self.fails ? -1 : 0;
    const auto taken = std::min(self.left, static_cast<std::int64_t>(size));
    std::memset(space, 'x', static_cast<std::size_t>(taken));
    self.left -= taken;
    return taken;
  }

  static void done(void* context) {
    auto* const self = static_cast<Source*>(context);
    self->worker->note(self->worker, "pull done");
    delete self;
  }
};

void pull(brood_response* response, const Source& source, std::int64_t size) {
  const brood_pull body{
      .read = Source::read, .done = Source::done, .context = new Source(source), .size = size};
  response->pull_body(response, &body);
}

void add(brood_response* response, std::string_view text) {
  response->add_body(response, text.data(), text.size());
}

void describe(const State& state, const brood_request& request, brood_response* response) {
  response->add_field(response, "Content-Type", "text/plain");
  const auto line = [&](std::string_view name, std::string_view value) {
    add(response, std::string(name) + "=" + std::string(value) + "\n");
  };
  line("method", view(request.method));
  line("target", view(request.target));
  line("path", view(request.path));
  line("query", view(request.query));
  line("host", view(request.host));
  line("http_1_0", std::to_string(request.is_http_1_0));
  for (std::size_t at = 0; at < request.field_count; ++at)
    line(view(request.fields[at].name), view(request.fields[at].value));
  const brood_text named = request.field(&request, "x-named");
  line("x-named", named.data == nullptr ? "(none)" : view(named));
  line("body", view(request.body));
  line("body_file", std::to_string(request.body_file));
  line("body_size", std::to_string(request.body_size));
  line("connection", std::to_string(request.connection_count));
  brood_peer peer;
  request.client(&request, &peer);
  line("client", std::string(peer.host) + " " + std::to_string(peer.port));
  line("slot", std::to_string(state.worker->slot));
  line("pid", std::to_string(state.worker->pid));
  line("argument", state.argument);
}

/// Of all who were started: it is not everybody who comes to stop.
std::deque<State> states;

int start(const brood_worker* worker, const char* argument, void** state) {
  if (std::strcmp(argument, "fail") == 0) return 7;
  if (std::strcmp(argument, "crash") == 0) std::raise(SIGSEGV);
  worker->note(worker, (std::string("started with ") + argument).c_str());
  *state = &states.emplace_back(State{.worker = worker, .argument = argument});
  return 0;
}

void stop(void* state) {
  const auto* const self = static_cast<State*>(state);
  self->worker->note(self->worker, "stopped");
}

int admit(void*, const brood_request* request, int* wants_body) {
  const std::string_view path = view(request->path);
  if (path == "/drop") *wants_body = 0;
  return path.starts_with("/refuse/") ? number_in(path) : 0;
}

[[noreturn]] void loop() {
  std::atomic<unsigned> turns{0};
  for (;;) turns.fetch_add(1, std::memory_order_relaxed);
}

void harm(std::string_view path) {
  if (path.starts_with("/signal/")) std::raise(number_in(path));
  if (path.starts_with("/exit/")) ::_exit(number_in(path));
  if (path == "/loop") loop();
  if (path.starts_with("/leak/")) {
    const auto size = static_cast<std::size_t>(number_in(path)) << 20;
    std::memset(std::malloc(size), 1, size);
  }
  if (path == "/throw") throw std::runtime_error("asked to throw");
}

int handle(void* state, const brood_request* request, brood_response* response) {
  const auto& self = *static_cast<State*>(state);
  const std::string_view path = view(request->path);
  const bool sized = view(request->query) != "unsized";
  harm(path);
  if (path.starts_with("/fail/")) return number_in(path);
  if (path.starts_with("/status/")) response->status = number_in(path);
  if (path == "/field") response->add_field(response, "Content-Length", "5");
  if (path.starts_with("/pull/"))
    pull(response, {self.worker, number_in(path)}, sized ? number_in(path) : -1);
  else if (path == "/pull-fails")
    pull(response, {self.worker, 1000, true}, -1);
  else if (path == "/pull-lies")
    pull(response, {self.worker, 0, false, true}, -1);
  else
    describe(self, *request, response);
  if (path == "/both") {
    pull(response, {self.worker, 3}, 3);
    add(response, "added");
  }
  return 0;
}

}  // namespace

const struct brood_plugin brood_plugin = {.abi_version = BROOD_PLUGIN_ABI,
                                          .name = "faulty",
                                          .start = start,
                                          .admit = admit,
                                          .handle = handle,
                                          .stop = stop};
