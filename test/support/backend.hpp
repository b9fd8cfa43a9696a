#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <brood/unique_fd.hpp>
#include "support/proc.hpp"

namespace brood::test {

/// What a backend's script does with one connection.
class Visit {
 public:
  Visit(UniqueFd fd, const std::atomic<bool>& leaving) : fd_(std::move(fd)), leaving_(leaving) {}

  /// Up to the empty line; empty when the peer leaves or the backend is stopped before.
  std::string read_head();
  /// So many bytes, or fewer if the peer ends before.
  std::string read(std::size_t size);
  std::string read_to_end();
  bool send(std::string_view bytes);
  void half_close() noexcept;
  /// The peer sees a reset.
  void reset() noexcept;
  /// Waits for more. \return whether something comes, or the peer's end, within `limit`.
  bool waits(std::chrono::milliseconds limit);
  /// Says nothing until the peer or the backend has had enough.
  void hold();
  bool is_left() const noexcept { return leaving_; }
  /// Whether the peer begins with `bytes`; waits until that is certain.
  bool begins_with(std::string_view bytes);

 private:
  bool read_some();

  UniqueFd fd_;
  const std::atomic<bool>& leaving_;
  std::string received_;
};

/// A server in the test's own process that does what a script says, a thread for each connection.
/// It answers probes by itself, with the numbers that it was given.
class Backend {
 public:
  using Script = std::function<void(Visit&)>;

  /// \param script For each connection that does not begin with a probe, nothing of it read; null:
  ///   answers a request with 200 and its own port as the body.
  explicit Backend(Script script = nullptr);
  ~Backend() { stop(); }
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// What the next probes are told.
  void tell(std::uint64_t entries, std::uint64_t errors = 0);
  /// They are told this, byte for byte, instead; each piece is a send of its own.
  void tell_raw(std::vector<std::string> pieces);
  /// They are left without an answer.
  void be_silent();
  /// The connection stays open after the answer to a probe.
  void keep_probes_open() { keeps_probes_open_ = true; }

  std::uint64_t probes() const noexcept { return probes_; }
  std::uint64_t visits() const noexcept { return visits_; }  ///< Connections of clients.
  std::string last_probe() const;                            ///< Its head.

  /// Nobody listens there any more, and all connections are closed.
  void stop();
  /// Listens again at the same port.
  void start();

 private:
  void run();
  void serve(UniqueFd fd);
  void answer_probe(Visit& visit);

  Script script_;
  std::uint16_t port_ = 0;
  UniqueFd listener_;
  std::atomic<bool> leaving_{true};
  std::atomic<bool> keeps_probes_open_{false};
  std::atomic<std::uint64_t> probes_{0};
  std::atomic<std::uint64_t> visits_{0};
  mutable std::mutex mutex_;
  std::optional<std::vector<std::string>> probe_pieces_;
  std::string last_probe_;
  std::thread acceptor_;
  std::vector<std::thread> servers_;
};

/// A response with a length.
std::string ok_reply(std::string_view body);

}  // namespace brood::test
