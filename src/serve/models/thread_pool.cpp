// A pool of threads: the worker accepts and queues, a fixed number of threads take connections from
// the queue and serve each to its end. The queue is bounded; beyond it connections wait to be
// accepted.
#include <condition_variable>
#include <deque>
#include <string>
#include <system_error>
#include <thread>

#include "serve/models/models.hpp"
#include "serve/models/threaded_worker.hpp"

namespace brood {
namespace {

class ThreadPoolWorker final : public ThreadedWorker {
 public:
  using ThreadedWorker::ThreadedWorker;

 private:
  struct Job {
    UniqueFd client;
    std::uint64_t number = 0;
  };

  int start() override try {
    while (threads_.size() < settings_.threads) {
      ThreadSeat* const seat = make_seat();
      if (seat == nullptr) return exit_handler_start;
      threads_.emplace_back([this, seat] { serve_all(*seat); });
    }
    return exit_done;
  } catch (const std::system_error& error) {
    report_.note("thread " + std::to_string(threads_.size() + 1) + " of " +
                 std::to_string(settings_.threads) + ": " + error.code().message() +
                 ": lower --threads or see 'ulimit -u'");
    return exit_os_error;
  }

  void take(UniqueFd client) override {
    {
      const std::scoped_lock lock(mutex_);
      queue_.push_back({std::move(client), report_.connections()});
    }
    changed_.notify_one();
  }

  void serve_all(ThreadSeat& seat) {
    for (;;) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_over_ || !queue_.empty(); });
      if (queue_.empty()) return;
      Job job = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      seat.serve(std::move(job.client), job.number);
      done();
    }
  }

  void join() override {
    {
      const std::scoped_lock lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  std::condition_variable changed_;
  std::deque<Job> queue_;
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

int run_thread_pool(const WorkerPlace& place, const WorkerSettings& settings,
                    const HandlerFactory& make_handler) {
  return run_threads<ThreadPoolWorker>(place, settings, make_handler);
}

}  // namespace brood
