#pragma once

#include <brood/response.hpp>
#include <span>
#include <string>

#include "base/clock.hpp"
#include "http/server_session.hpp"
#include "net/socket.hpp"

namespace brood {

/// A response's body on its way: piece by piece into the session's output, each when the one
/// before has been sent, so that memory stays flat; known bytes and files straight to the socket.
class OutgoingBody {
 public:
  enum class Step : std::uint8_t {
    moved,   ///< Some of it; moved_size() tells how much.
    full,    ///< The client's socket takes no more.
    silent,  ///< Nothing can be read from source() for now.
    whole,   ///< That was all.
    broken,  ///< The rest will not come: fault() tells why.
    lost,    ///< The client has gone.
  };

  void start(ResponseBody body);
  /// Lets go of everything; nobody wants the rest.
  void clear() noexcept;

  /// Of all of it, if that is known.
  std::optional<std::uint64_t> size() const noexcept;
  /// Whether it goes straight to the socket, behind a head that may wait for it.
  bool is_direct() const noexcept { return std::holds_alternative<BodyParts>(body_); }

  /// \pre The session's output is empty, and it wants the body. \param client see
  /// Socket::send_file(). \param scratch for a piece that is read.
  Step write_some(ServerSession& session, Socket& client, std::span<char> scratch);

  std::size_t moved_size() const noexcept { return moved_size_; }
  /// "its file has become shorter"
  const std::string& fault() const noexcept { return fault_; }
  /// What to wait for after `silent`, and for how long; 0: for ever.
  int source() const noexcept;
  Duration silence_max() const noexcept;

 private:
  Step write_parts(BodyParts& parts, ServerSession& session, Socket& client);
  Step send_part(const std::string& bytes, ServerSession& session, Socket& client);
  Step send_part(const FileRange& range, ServerSession& session, Socket& client);
  Step sent(ssize_t size, ServerSession& session);
  Step pull(PulledBody& body, ServerSession& session, std::span<char> scratch);
  Step stream(StreamedBody& body, ServerSession& session, std::span<char> scratch);
  Step write_piece(StreamedBody& body, std::string_view piece, ServerSession& session);
  Step wrote(std::size_t size) noexcept;
  Step broke(std::string fault);

  ResponseBody body_;
  std::size_t part_ = 0;         // Of BodyParts.
  std::uint64_t part_sent_ = 0;  // Of that part.
  std::size_t moved_size_ = 0;
  std::string fault_;
};

}  // namespace brood
