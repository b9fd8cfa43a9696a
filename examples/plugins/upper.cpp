// Gives a text back in capitals, however long it is: the body is read from its file and sent piece
// by piece, so that a worker's memory stays as it is.
//
//   c++ -std=c++20 -shared -fPIC -I include -o upper.so examples/plugins/upper.cpp
//   brood serve --handler plugin --plugin ./upper.so
//   curl --data-binary @README.md 127.0.0.1:8080/
#include <brood/plugin.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace {

std::string_view view(brood_text text) {
  return {text.data, text.size};
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// The body of a request that is in a file. The server closes its descriptor when handle() returns.
class Body {
 public:
  explicit Body(int file) : file_(::dup(file)) {}
  ~Body() { ::close(file_); }
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  static int64_t read(void* body, char* space, size_t size) {
    auto& self = *static_cast<Body*>(body);
    const ssize_t count = ::pread(self.file_, space, size, self.offset_);
    if (count > 0) self.offset_ += count;
    std::transform(space, space + std::max<ssize_t>(count, 0), space, upper);
    return count;
  }
  static void done(void* body) { delete static_cast<Body*>(body); }

 private:
  int file_;
  off_t offset_ = 0;
};

int admit(void*, const brood_request* request, int*) {
  return view(request->method) == "POST" ? 0 : 405;
}

int handle(void*, const brood_request* request, brood_response* response) {
  response->add_field(response, "Content-Type", "text/plain; charset=utf-8");
  if (request->body_file < 0) {
    std::string text(view(request->body));
    std::transform(text.begin(), text.end(), text.begin(), upper);
    response->add_body(response, text.data(), text.size());
    return 0;
  }
  const brood_pull pull{.read = Body::read,
                        .done = Body::done,
                        .context = std::make_unique<Body>(request->body_file).release(),
                        .size = static_cast<int64_t>(request->body_size)};
  response->pull_body(response, &pull);
  return 0;
}

}  // namespace

const struct brood_plugin brood_plugin = {.abi_version = BROOD_PLUGIN_ABI,
                                          .name = "upper",
                                          .start = nullptr,
                                          .admit = admit,
                                          .handle = handle,
                                          .stop = nullptr};
