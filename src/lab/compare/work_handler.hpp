#pragma once

#include <brood/handler.hpp>
#include <string>

#include "base/random.hpp"
#include "lab/compare/workload.hpp"

namespace brood {

/// Does one workload's work for each request.
class WorkHandler final : public Handler {
 public:
  explicit WorkHandler(const Work& work) : work_(work), reply_(work.reply_size, 'x') {}

  void on_start(const WorkerInfo& worker) override;
  Response handle(const Request& request) override;

 private:
  Work work_;
  std::string reply_;
  SplitMix random_{0};
};

}  // namespace brood
