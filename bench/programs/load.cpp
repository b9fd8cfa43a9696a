// The load generator by hand, for validation beside other generators and for peers:
//   bench-load HOST:PORT PATH closed|open CLIENTS|RATE keep|close SECONDS
// One line on stdout: requests a second, percentiles in us, failures by kind.
#include <charconv>
#include <cstdio>
#include <string_view>

#include "lab/load/load_generator.hpp"
#include "os/descriptor_limit.hpp"

using namespace brood;

namespace {

double number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && value > 0 ? value : 0;
}

void print(const LoadResult& result) {
  const auto us = [&](double percent) {
    return static_cast<double>(result.latency.percentile(percent)) / 1e3;
  };
  std::printf("answers=%llu rate=%.1f p50_us=%.1f p90_us=%.1f p99_us=%.1f p999_us=%.1f max_us=%.1f",
              static_cast<unsigned long long>(result.answers()), result.throughput(), us(50),
              us(90), us(99), us(99.9), us(100));
  for (std::size_t kind = 0; kind < result.failures.size(); ++kind)
    std::printf(" %s=%llu", load_failure_names[kind].data(),
                static_cast<unsigned long long>(result.failures[kind]));
  std::printf(" unfinished=%llu bytes=%llu\n", static_cast<unsigned long long>(result.unfinished),
              static_cast<unsigned long long>(result.body_bytes));
}

}  // namespace

int main(int argc, char** argv) {
  const auto target = argc == 7 ? parse_endpoint(argv[1]) : std::nullopt;
  if (!target || number(argv[4]) == 0 || number(argv[6]) == 0) {
    std::fputs("usage: bench-load HOST:PORT PATH closed|open CLIENTS|RATE keep|close SECONDS\n",
               stderr);
    return 2;
  }
  const bool is_open = argv[3] == std::string_view("open");
  LoadPlan plan{.target = *target, .path = argv[2]};
  plan.loop = is_open ? LoadPlan::Loop::open : LoadPlan::Loop::closed;
  plan.clients = is_open ? 1000 : static_cast<std::uint32_t>(number(argv[4]));
  plan.rate = is_open ? number(argv[4]) : 0;
  plan.keep_alive = argv[5] == std::string_view("keep");
  plan.duration = Duration{static_cast<std::int64_t>(number(argv[6]) * 1e9)};
  raise_descriptor_limit(descriptors_of(plan) + 64);
  const auto result = LoadGenerator(plan, {}).run();
  if (!result) return std::fprintf(stderr, "bench-load: %s\n", result.error().text().c_str()), 1;
  print(*result);
}
