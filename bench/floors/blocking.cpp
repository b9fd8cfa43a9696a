// The floor of a blocking pre-forked worker: accept, read, reply, close.

#include "floor.hpp"

namespace {

[[noreturn]] void serve(int listener) {
  for (;;) {
    const int client = ::accept(listener, nullptr, nullptr);
    if (client < 0) continue;
    while (floors::answer(client)) continue;
    ::close(client);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return floors::run(argc, argv, SOCK_STREAM, serve);
}
