#include <brood/server.hpp>
#include <memory>
#include <string>

class Hello : public brood::Handler {
  brood::Response handle(const brood::Request& request) override {
    brood::Response response;
    response.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
    response.body = "hello from " + std::string(request.path) + "\n";
    return response;
  }
};

int main(int argc, char** argv) {
  return brood::serve(argc, argv, [] { return std::make_unique<Hello>(); });
}
