#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/client.hpp"
#include "support/server.hpp"
#include "unit/os/temporary_folder.hpp"

namespace brood::test {

/// A folder, and a server of files for it.
class Site {
 public:
  using Limits = std::vector<std::pair<int, rlim_t>>;
  explicit Site(std::vector<std::string> options = {}, Limits limits = {})
      : server_(launch(std::move(options), std::move(limits))) {}

  Server& server() noexcept { return server_; }
  std::uint16_t port() const { return server_.port(); }
  std::string path(const std::string& name) const { return folder_ / name.c_str(); }

  void write(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }

  std::string content(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(path("")))
      all.push_back(entry.path().filename());
    std::ranges::sort(all);
    return all;
  }

 private:
  Launch launch(std::vector<std::string> options, Limits limits) const {
    options.insert(options.end(), {"--handler", "files", "--root", path("")});
    return {.binary = BROOD_BINARY, .options = std::move(options), .limits = std::move(limits)};
  }

  TemporaryFolder folder_;
  Server server_;
};

/// Both ways in which a worker can serve.
inline const std::vector<std::string> models{"prefork", "prefork-epoll"};

inline std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

inline std::string put_head(const std::string& path, std::size_t size,
                            const std::string& fields = "") {
  return "PUT " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) +
         "\r\n" + fields + "\r\n";
}

inline Reply put(std::uint16_t port, const std::string& path, const std::string& body,
                 const std::string& fields = "") {
  Client client = Client::tcp(port);
  client.send(put_head(path, body.size(), fields) + body);
  return client.read_reply();
}

}  // namespace brood::test
