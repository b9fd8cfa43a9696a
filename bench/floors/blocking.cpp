// The floor of a blocking pre-forked worker: accept, read, reply, close.

#include "floor.hpp"

namespace {

void serve_connection(int client) {
  std::array<char, 16384> bytes;
  for (;;) {
    const ssize_t size = ::read(client, bytes.data(), bytes.size());
    if (size <= 0) return;
    if (::write(client, floors::reply.data(), floors::reply.size()) < 0) return;
    if (floors::wants_close({bytes.data(), static_cast<std::size_t>(size)})) return;
  }
}

[[noreturn]] void serve(int listener) {
  for (;;) {
    const int client = ::accept(listener, nullptr, nullptr);
    if (client < 0) continue;
    serve_connection(client);
    ::close(client);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return floors::run(argc, argv, SOCK_STREAM, serve);
}
