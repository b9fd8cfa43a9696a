#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include <brood/unique_fd.hpp>
#include "base/result.hpp"

namespace brood {

struct ControlReply {
  int status = 0;    ///< Of HTTP.
  std::string body;  ///< JSON, unless somebody else answers there.
};

/// One question to a control socket. Blocks.
class ControlClient {
 public:
  /// \return ECONNREFUSED: nobody listens there any more. ENOENT, EACCES ...
  static Result<ControlClient> connect(const std::string& path);

  /// Of the server, if it can be seen from here; else 0.
  pid_t server() const noexcept { return server_; }

  /// \param goes_on asked ten times a second while there is no answer; false: it is given up.
  /// \return ECANCELED: given up. ECONNRESET: the server has gone. EPROTO: it speaks no HTTP.
  Result<ControlReply> ask(std::string_view method, std::string_view target, std::string_view body,
                           const std::function<bool()>& goes_on);

 private:
  ControlClient(UniqueFd fd, pid_t server) noexcept : fd_(std::move(fd)), server_(server) {}

  UniqueFd fd_;
  pid_t server_;
};

}  // namespace brood
