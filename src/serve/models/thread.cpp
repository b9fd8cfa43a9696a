// A thread for each connection: the worker accepts and starts one, which serves the connection and
// ends. Threads come and go, seats and their handlers stay for the next ones.
#include <system_error>
#include <thread>
#include <unordered_map>

#include "serve/models/models.hpp"
#include "serve/models/threaded_worker.hpp"

namespace brood {
namespace {

class ThreadWorker final : public ThreadedWorker {
 public:
  using ThreadedWorker::ThreadedWorker;

 private:
  /// One seat, so that a handler which does not start is known before anybody comes.
  int start() override {
    ThreadSeat* const first = make_seat();
    if (first == nullptr) return exit_handler_start;
    spare_.push_back(first);
    return exit_done;
  }

  void take(UniqueFd client) override {
    const std::uint64_t number = report_.connections();
    if (!persist("thread", [&] { return start_thread(client, number); })) done();
  }

  /// The socket is the thread's only once there is one. \return 0 or errno.
  int start_thread(UniqueFd& client, std::uint64_t number) try {
    std::thread thread([this, number, fd = client.get()] { serve(UniqueFd{fd}, number); });
    [[maybe_unused]] const int given = client.release();
    threads_.emplace(number, std::move(thread));
    return 0;
  } catch (const std::system_error& error) {
    return error.code().value();
  }

  void serve(UniqueFd client, std::uint64_t number) {
    ThreadSeat* const seat = find_seat();
    if (seat != nullptr) seat->serve(std::move(client), number);
    client.reset();
    {
      const std::scoped_lock lock(mutex_);
      if (seat != nullptr) spare_.push_back(seat);
      ended_.push_back(number);
    }
    done();
  }

  ThreadSeat* find_seat() {
    {
      const std::scoped_lock lock(mutex_);
      if (!spare_.empty()) {
        ThreadSeat* const seat = spare_.back();
        spare_.pop_back();
        return seat;
      }
    }
    return make_seat();
  }

  void look_around(TimePoint now) override {
    ThreadedWorker::look_around(now);
    std::vector<std::uint64_t> ended;
    {
      const std::scoped_lock lock(mutex_);
      ended.swap(ended_);
    }
    for (const std::uint64_t number : ended) {
      threads_.at(number).join();
      threads_.erase(number);
    }
  }

  void join() override {
    for (auto& [number, thread] : threads_) thread.join();
  }

  std::unordered_map<std::uint64_t, std::thread> threads_;  ///< By connection; not yet joined.
  std::vector<ThreadSeat*> spare_;
  std::vector<std::uint64_t> ended_;
};

}  // namespace

int run_thread(const WorkerPlace& place, const WorkerSettings& settings,
               const HandlerFactory& make_handler) {
  return run_threads<ThreadWorker>(place, settings, make_handler);
}

}  // namespace brood
