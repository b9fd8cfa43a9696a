#pragma once

#include <atomic>
#include <brood/handler.hpp>
#include <memory>

#include "serve/worker/connection.hpp"

namespace brood {

/// What a serving thread has to itself: a handler, the memory of a connection, a page in which it
/// shows its request, an ear for the order to leave. One thread at a time; another may come later.
class ThreadSeat {
 public:
  /// \param relay_fd, told see Orders::relayed().
  ThreadSeat(const WorkerPlace& place, const WorkerSettings& settings, int relay_fd,
             const std::atomic<std::uint32_t>& told, std::unique_ptr<Handler> handler);
  ThreadSeat(const ThreadSeat&) = delete;
  ThreadSeat& operator=(const ThreadSeat&) = delete;

  /// \param number of the connection, among those of its worker.
  void serve(UniqueFd client, std::uint64_t number);
  /// The handler's end.
  void leave() { handler_->on_exit(); }

  const SlotPage& page() const noexcept { return page_; }

 private:
  SlotPage page_;
  SlotPage& worker_page_;
  Report report_;
  Orders orders_;
  std::unique_ptr<Handler> handler_;
  WorkerContext context_;
  Connection connection_;
};

/// From now on a thread that dies of a fault puts its request into the worker's page before, so
/// that the death record names the right one of many.
void have_last_words() noexcept;

}  // namespace brood
