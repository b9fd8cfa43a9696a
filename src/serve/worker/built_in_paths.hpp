#pragma once

#include <brood/handler.hpp>
#include <cstdint>

#include "http/request_head.hpp"
#include "serve/worker/worker_context.hpp"

namespace brood {

/// What a server answers by itself: a handler in front of the user's, which nobody waits for.
class BuiltInPaths final : public Handler {
 public:
  explicit BuiltInPaths(const WorkerContext& context) noexcept : context_(context) {}

  enum class Kind : std::uint8_t {
    none,    ///< It is for the user's handler.
    server,  ///< About no resource: a request like others.
    probe,   ///< From who watches the server: it counts nowhere.
  };
  Kind kind_of(const RequestHead& head) const noexcept;

  /// \pre It is not `none`.
  Response handle(const Request& request) override;

 private:
  bool is_health(const RequestHead& head) const noexcept;

  const WorkerContext& context_;
};

}  // namespace brood
