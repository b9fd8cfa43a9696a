#include "serve/handlers/demo.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace brood {
namespace {

constexpr std::array<std::string_view, 7> methods{"GET",    "HEAD",  "POST",   "PUT",
                                                  "DELETE", "PATCH", "OPTIONS"};
constexpr std::string_view allow = "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS";

}  // namespace

void DemoHandler::on_start(const WorkerInfo& worker) {
  worker_ = worker;
  random_ = SplitMix{static_cast<std::uint64_t>(worker.pid) | std::uint64_t{worker.thread} << 32};
}

Admission DemoHandler::admit(const Request& request) {
  if (std::ranges::find(methods, request.method) != methods.end()) return {.wants_body = true};
  Admission refusal;
  refusal.status = 405;
  refusal.fields.push_back({"Allow", std::string(allow)});
  return refusal;
}

Response DemoHandler::handle(const Request& request) {
  Response response;
  response.fields.push_back({"Content-Type", "text/plain; charset=utf-8"});
  response.body = "slot " + std::to_string(worker_.slot) + ", pid " + std::to_string(worker_.pid) +
                  ", connection " + std::to_string(request.connection_count) + " of this worker\n";
  response.not_before = think();
  return response;
}

Duration DemoHandler::think() noexcept {
  if (!exponential_) return think_time_;
  return Duration{
      static_cast<std::int64_t>(random_.exponential(static_cast<double>(think_time_.count())))};
}

}  // namespace brood
