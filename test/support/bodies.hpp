#pragma once
// Responses with every kind of body, for brood-faulty; its head has the list.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <brood/handler.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace brood::test {

class Bodies {
 public:
  /// Nothing for a path that is none of these.
  std::optional<Response> make(const Request& request) {
    const std::string_view path = request.path;
    const std::size_t slash = path.rfind('/');
    const std::string kind(path.substr(0, slash));
    std::uint64_t size = 0;
    std::from_chars(path.data() + slash + 1, path.data() + path.size(), size);
    if (path == "/upload") return text(describe(request.body));
    if (path == "/is-open") return text(open_.expired() ? "no\n" : "yes\n");
    if (kind == "/bytes") return text(std::string(size, 'x'));
    if (kind == "/parts") return with(parts(size, size));
    if (kind == "/shrunk") return with(parts(size, size - 1));
    if (kind == "/pull") return with(PulledBody{pull(size, false), std::nullopt});
    if (kind == "/pull-sized") return with(PulledBody{pull(size, false), size});
    if (kind == "/pull-throw") return with(PulledBody{pull(size, true), std::nullopt});
    if (kind == "/stream") return with(stream(size, false));
    if (kind == "/broken") return with(broken(size));
    if (kind == "/silent") return with(silent(size, std::chrono::milliseconds{300}));
    if (kind == "/open") return with(silent(size, std::chrono::milliseconds{0}));
    return std::nullopt;
  }

 private:
  static Response with(ResponseBody body) {
    Response response;
    response.body = std::move(body);
    return response;
  }
  static Response text(std::string body) { return with(std::move(body)); }

  static std::string describe(const RequestBody& body) {
    std::string bytes(body.bytes);
    if (body.file >= 0) {
      bytes.resize(body.size);
      std::size_t done = 0;
      for (ssize_t got = 1; got > 0 && done < bytes.size(); done += static_cast<std::size_t>(got))
        got = ::read(body.file, bytes.data() + done, bytes.size() - done);
    }
    const auto sum = std::accumulate(
        bytes.begin(), bytes.end(), std::uint64_t{0},
        [](std::uint64_t all, char byte) { return all + static_cast<unsigned char>(byte); });
    return std::to_string(body.size) + " " + std::to_string(sum) +
           (body.file >= 0 ? " file\n" : " memory\n");
  }

  /// A file of zeros with so many bytes, of which the response promises `size`.
  static BodyParts parts(std::uint64_t size, std::uint64_t file_size) {
    auto file = std::make_shared<UniqueFd>(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (::ftruncate(file->get(), static_cast<off_t>(file_size)) != 0) std::abort();
    BodyParts parts;
    parts.emplace_back("<");
    parts.emplace_back(FileRange{file, 0, size / 2});
    parts.emplace_back(FileRange{file, size / 2, size - size / 2});
    parts.emplace_back(">");
    return parts;
  }

  static std::function<std::size_t(std::span<char>)> pull(std::uint64_t size, bool throws) {
    return [left = size, throws](std::span<char> space) mutable {
      if (left == 0 && throws) throw std::runtime_error("asked to throw");
      const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left, space.size()));
      std::fill_n(space.begin(), now, 'x');
      left -= now;
      return now;
    };
  }

  /// A pipe that a thread fills, and closes unless `stays_open`: then the owner does.
  StreamedBody stream(std::uint64_t size, bool stays_open) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    StreamedBody body{.head = "",
                      .source = UniqueFd{ends[0]},
                      .size = std::nullopt,
                      .silence_max = {},
                      .is_whole = {},
                      .owner = {}};
    auto writer = std::make_shared<UniqueFd>(ends[1]);
    std::thread([size, writer] {
      const std::string piece(64 * 1024, 'x');
      for (std::uint64_t left = size; left > 0;) {
        const ssize_t sent =
            ::write(writer->get(), piece.data(),
                    static_cast<std::size_t>(std::min<std::uint64_t>(left, piece.size())));
        if (sent <= 0) break;
        left -= static_cast<std::uint64_t>(sent);
      }
    }).detach();
    open_ = writer;
    if (stays_open) body.owner = std::move(writer);
    return body;
  }

  StreamedBody broken(std::uint64_t size) {
    StreamedBody body = stream(size, false);
    body.is_whole = [] { return false; };
    return body;
  }

  StreamedBody silent(std::uint64_t size, std::chrono::nanoseconds silence_max) {
    StreamedBody body = stream(size, true);
    body.silence_max = silence_max;
    return body;
  }

  std::weak_ptr<UniqueFd> open_;
};

}  // namespace brood::test
