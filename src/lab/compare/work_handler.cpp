#include "lab/compare/work_handler.hpp"

#include <time.h>

namespace brood {
namespace {

/// Blocks this thread, which is what is to be measured: nothing else would do.
void block_for(Duration duration) noexcept {
  if (duration.count() <= 0) return;
  const timespec time{.tv_sec = duration.count() / 1'000'000'000,
                      .tv_nsec = duration.count() % 1'000'000'000};
  ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
}

}  // namespace

void WorkHandler::on_start(const WorkerInfo& worker) {
  random_ = SplitMix{static_cast<std::uint64_t>(worker.pid)};
}

Response WorkHandler::handle(const Request&) {
  std::uint64_t sum = 0;
  for (std::uint32_t step = 0; step < work_.arithmetic; ++step) sum ^= random_.next();
  block_for(work_.sleep.draw(random_));
  Response response{.body = reply_};
  // What nobody looks at, a compiler need not compute.
  response.fields.push_back({"X-Sum", std::to_string(sum)});
  return response;
}

}  // namespace brood
