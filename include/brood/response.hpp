#pragma once
// What a handler gives: one response, as a value. The worker carries it out, in a blocking loop or
// in an event loop; a handler never sees a socket.

#include <brood/unique_fd.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace brood {

/// A field of a response, such as {"Content-Type", "text/html"}. Framing fields (Content-Length,
/// Transfer-Encoding, Connection, Date, Server) are the server's and must not be given.
struct Field {
  std::string_view name;  ///< A literal, or of something that outlives the response.
  std::string value;
};

/// Some bytes of a regular file, sent without being copied through the worker (sendfile(2)).
struct FileRange {
  std::shared_ptr<const UniqueFd> file;  ///< Several ranges may be of one file.
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// A body of known pieces, one after the other.
using BodyParts = std::vector<std::variant<std::string, FileRange>>;

/// A body that is asked for piece by piece; never by another thread, and never after an exception.
struct PulledBody {
  /// Fills some of the space. \return how much; 0: the end. An exception cuts the response off,
  /// so that the client can see it, and its text goes to the log.
  std::function<std::size_t(std::span<char>)> read;
  std::optional<std::uint64_t> size;  ///< If known; else the response is chunked.
};

/// A body that comes out of a descriptor which poll(2) can wait for: a pipe, a socket.
struct StreamedBody {
  std::string head{};                   ///< What has been read of it already.
  UniqueFd source{};                    ///< Read to its end of file.
  std::optional<std::uint64_t> size{};  ///< If known, with `head`; else the response is chunked.
  std::optional<std::uint64_t> size_max{};  ///< More of it, and the response is cut off.
  /// For so long nothing may come; then the response is cut off. 0: for ever.
  std::chrono::nanoseconds silence_max{0};
  /// Asked at the end of file. \return false: something is missing, cut the response off.
  std::function<bool()> is_whole{};
  std::shared_ptr<void> owner{};  ///< Let go when the body has been sent, or nobody wants it.
};

using ResponseBody = std::variant<std::string, BodyParts, PulledBody, StreamedBody>;

/// One response.
struct Response {
  int status = 200;  ///< Of a final response: 200 to 599.
  std::vector<Field> fields{};
  /// Left out where HTTP leaves it out (HEAD, 204, 304); Content-Length then still tells its size.
  ResponseBody body{};
  /// The earliest moment at which the response may be sent, after the request was whole. The
  /// worker waits, so that a handler need not sleep.
  std::chrono::nanoseconds not_before{0};
  /// This is no answer yet: handle() is asked once more after `not_before`, with the same request.
  /// For who would else have to wait in it, such as for a lock, and keep others waiting.
  bool asks_again = false;
};

}  // namespace brood
