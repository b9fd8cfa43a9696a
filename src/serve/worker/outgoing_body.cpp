#include "serve/worker/outgoing_body.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <utility>

namespace brood {
namespace {

/// At most so much of a part goes out at once: other connections have their turn then.
constexpr std::uint64_t direct_piece_max = 256UL * 1024;

std::uint64_t size_of(const BodyParts::value_type& part) noexcept {
  const auto* const bytes = std::get_if<std::string>(&part);
  return bytes != nullptr ? bytes->size() : std::get_if<FileRange>(&part)->size;
}

std::uint64_t size_of(const BodyParts& parts) noexcept {
  std::uint64_t sum = 0;
  for (const auto& part : parts) sum += size_of(part);
  return sum;
}

void make_nonblocking(int fd) noexcept {
  if (const int flags = ::fcntl(fd, F_GETFL); flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

}  // namespace

void OutgoingBody::start(ResponseBody body) {
  clear();
  body_ = std::move(body);
  if (auto* const bytes = std::get_if<std::string>(&body_)) {
    BodyParts parts;
    parts.emplace_back(std::move(*bytes));
    body_ = std::move(parts);
  }
  if (const auto* const streamed = std::get_if<StreamedBody>(&body_))
    make_nonblocking(streamed->source.get());
}

void OutgoingBody::clear() noexcept {
  body_.emplace<std::string>();
  part_ = 0;
  part_sent_ = 0;
  moved_size_ = 0;
}

std::optional<std::uint64_t> OutgoingBody::size() const noexcept {
  if (const auto* const parts = std::get_if<BodyParts>(&body_)) return size_of(*parts);
  if (const auto* const pulled = std::get_if<PulledBody>(&body_)) return pulled->size;
  if (const auto* const streamed = std::get_if<StreamedBody>(&body_)) return streamed->size;
  return 0;
}

int OutgoingBody::source() const noexcept {
  const auto* const streamed = std::get_if<StreamedBody>(&body_);
  return streamed == nullptr ? -1 : streamed->source.get();
}

Duration OutgoingBody::silence_max() const noexcept {
  const auto* const streamed = std::get_if<StreamedBody>(&body_);
  return streamed == nullptr ? Duration{0} : streamed->silence_max;
}

OutgoingBody::Step OutgoingBody::write_some(ServerSession& session, Socket& client,
                                            std::span<char> scratch) {
  if (size() && session.body_missing() == 0) return Step::whole;
  try {
    if (auto* const parts = std::get_if<BodyParts>(&body_))
      return write_parts(*parts, session, client);
    if (auto* const pulled = std::get_if<PulledBody>(&body_))
      return pull(*pulled, session, scratch);
    return stream(std::get<StreamedBody>(body_), session, scratch);
  } catch (const std::exception& error) {
    return broke(error.what());
  } catch (...) {
    return broke("an exception that is no std::exception");
  }
}

OutgoingBody::Step OutgoingBody::write_parts(BodyParts& parts, ServerSession& session,
                                             Socket& client) {
  const auto& part = parts[part_];
  if (part_sent_ < size_of(part))
    return std::visit([&](const auto& one) { return send_part(one, session, client); }, part);
  part_sent_ = 0;
  ++part_;
  return wrote(0);
}

OutgoingBody::Step OutgoingBody::send_part(const std::string& bytes, ServerSession& session,
                                           Socket& client) {
  const std::uint64_t size = std::min(bytes.size() - part_sent_, direct_piece_max);
  const int more = session.body_missing() > size ? MSG_MORE : 0;
  return sent(client.send(std::string_view(bytes).substr(part_sent_, size), {}, more), session);
}

OutgoingBody::Step OutgoingBody::send_part(const FileRange& range, ServerSession& session,
                                           Socket& client) {
  const auto offset = static_cast<off_t>(range.offset + part_sent_);
  const std::uint64_t size = std::min(range.size - part_sent_, direct_piece_max);
  const ssize_t done = client.send_file(range.file->get(), offset, size);
  if (done == 0) return broke("its file has become shorter");
  return sent(done, session);
}

OutgoingBody::Step OutgoingBody::sent(ssize_t size, ServerSession& session) {
  if (size >= 0) {
    part_sent_ += static_cast<std::uint64_t>(size);
    session.body_sent(static_cast<std::uint64_t>(size));
    return wrote(static_cast<std::size_t>(size));
  }
  switch (errno) {
    case EAGAIN: return Step::full;
    case EINTR: return wrote(0);
    case EPIPE:
    case ECONNRESET:
    case ETIMEDOUT: return Step::lost;
    default: return broke(std::strerror(errno));
  }
}

OutgoingBody::Step OutgoingBody::pull(PulledBody& body, ServerSession& session,
                                      std::span<char> scratch) {
  const std::size_t size = body.read(scratch);
  if (size == 0) return body.size ? broke("it has become shorter") : Step::whole;
  session.write_body({scratch.data(), std::min(size, scratch.size())});
  return wrote(size);
}

OutgoingBody::Step OutgoingBody::stream(StreamedBody& body, ServerSession& session,
                                        std::span<char> scratch) {
  if (!body.head.empty())
    return write_piece(body, std::exchange(body.head, std::string{}), session);
  const ssize_t size = ::read(body.source.get(), scratch.data(), scratch.size());
  if (size > 0) return write_piece(body, {scratch.data(), static_cast<std::size_t>(size)}, session);
  if (size < 0 && errno == EAGAIN) return Step::silent;
  if (size < 0 && errno == EINTR) return wrote(0);
  if (size < 0) return broke(std::strerror(errno));
  if (body.size || (body.is_whole && !body.is_whole())) return broke("something of it is missing");
  return Step::whole;
}

OutgoingBody::Step OutgoingBody::write_piece(StreamedBody& body, std::string_view piece,
                                             ServerSession& session) {
  if (body.size_max && piece.size() > *body.size_max) return broke("it is too long");
  if (body.size_max) *body.size_max -= piece.size();
  session.write_body(piece);
  return wrote(piece.size());
}

OutgoingBody::Step OutgoingBody::wrote(std::size_t size) noexcept {
  moved_size_ = size;
  return Step::moved;
}

OutgoingBody::Step OutgoingBody::broke(std::string fault) {
  fault_ = std::move(fault);
  return Step::broken;
}

}  // namespace brood
