#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <brood/unique_fd.hpp>
#include "support/proc.hpp"

namespace brood::test {

/// One HTTP response as it came.
struct Reply {
  int status = 0;  ///< 0: none came.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The value of a header, its name in any case; empty when it is not there.
  std::string header(std::string_view name) const;
};

/// Takes the first whole response from the front of `bytes`; nothing while more of it is to come.
/// A response without Content-Length has no body here: brood always sends one.
/// \param to_head the answer to HEAD, which declares a body and has none.
std::optional<Reply> take_reply(std::string& bytes, bool to_head = false);

/// A stream socket as a client has it. A failure to connect is a value; everything else that goes
/// wrong shows in what is read.
class Client {
 public:
  static Client tcp(std::uint16_t port) { return Client(connect_tcp(port)); }
  /// One that is accepted: whoever says nothing is kept by the kernel. An empty line may come
  /// before a request (RFC 9112, section 2.2).
  static Client speaking(std::uint16_t port) {
    Client client = tcp(port);
    client.send("\r\n");
    return client;
  }
  static Client tcp6(std::uint16_t port) { return Client(connect_tcp6(port)); }
  static Client unix_path(const std::string& path) { return Client(connect_unix(path)); }

  bool is_connected() const noexcept { return bool{fd_}; }
  int fd() const noexcept { return fd_.get(); }

  /// \return false when the server has closed or does not take all of it in time.
  bool send(std::string_view bytes);
  /// Nothing more will be sent; the answer may still come.
  void half_close() noexcept;
  void close() noexcept { fd_.reset(); }
  /// Closes without a farewell: the server's end sees a reset.
  void abort() noexcept;

  /// Reads one response. \return status 0 when the connection ends or `limit` passes before.
  Reply read_reply(bool to_head = false, std::chrono::milliseconds limit = patience);
  /// All bytes up to the server's end of file, and whether that came in time.
  std::pair<std::string, bool> read_to_end(std::chrono::milliseconds limit = patience);
  /// Whether the server closes within `limit`, what it sends first left aside.
  bool is_closed_by_server(std::chrono::milliseconds limit = patience) {
    return read_to_end(limit).second;
  }

  /// Sends a request and reads its response.
  Reply exchange(std::string_view request, bool to_head = false);

 private:
  explicit Client(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  static UniqueFd connect_tcp(std::uint16_t port);
  static UniqueFd connect_tcp6(std::uint16_t port);
  static UniqueFd connect_unix(const std::string& path);
  enum class Got : std::uint8_t { bytes, end, nothing };
  Got read_some(std::chrono::steady_clock::time_point deadline);

  UniqueFd fd_;
  std::string received_;
};

/// "GET /path HTTP/1.1" with a Host and these further header lines, each without its line end.
std::string get_request(std::string_view path, const std::vector<std::string>& headers = {});

/// One request on a connection of its own, closed after it.
Reply get(std::uint16_t port, std::string_view path, const std::vector<std::string>& headers = {});

/// What a load has met so far.
struct LoadCounts {
  std::uint64_t connections = 0;         ///< Established.
  std::uint64_t ok = 0;                  ///< Answered with 200.
  std::uint64_t failed = 0;              ///< Not connected, not answered, or answered otherwise.
  std::chrono::milliseconds slowest{0};  ///< The longest from connect to answer.
  std::string first_failure;
};

/// Clients in threads of their own, each with one request after another until told to stop. Make
/// it after the servers: a fork beside threads is for those who know what they do.
class Load {
 public:
  struct Plan {
    std::uint16_t port = 0;
    int clients = 4;
    std::string path = "/";
    int requests_per_connection = 1;
  };
  explicit Load(const Plan& plan);
  ~Load() { stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Waits until so many requests have been answered. \return false when that takes too long.
  bool reaches(std::uint64_t ok_count);
  /// Lets every client finish its request. Idempotent.
  LoadCounts stop();
  LoadCounts counts() const;

 private:
  void run();
  bool serve_connection();
  bool note(const Reply& reply, std::chrono::steady_clock::time_point begun);
  void note_failure(std::string what);

  Plan plan_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  LoadCounts counts_;
  std::vector<std::thread> threads_;
};

}  // namespace brood::test
