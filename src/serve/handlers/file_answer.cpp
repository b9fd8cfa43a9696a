#include "serve/handlers/file_answer.hpp"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "http/date.hpp"
#include "serve/handlers/byte_ranges.hpp"
#include "serve/handlers/conditions.hpp"
#include "serve/handlers/entity_tag.hpp"
#include "serve/handlers/plain_answer.hpp"

namespace brood {
namespace {

/// Many small parts cost two system calls each to send and one to copy.
constexpr std::uint64_t copied_part_max = 8UL * 1024;
constexpr std::uint64_t copied_parts_max = 256UL * 1024;

std::string date_of(std::time_t time) {
  const DateText text = format_date(time);
  return {text.data(), text.size()};
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return "bytes " + std::to_string(range.offset) + '-' + std::to_string(range.last()) + '/' +
         std::to_string(size);
}

/// Less than `range` when the file has been cut meanwhile.
std::string read_bytes(int fd, const ByteRange& range) {
  std::string bytes(static_cast<std::size_t>(range.size), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::pread(fd, bytes.data() + size, bytes.size() - size,
                                static_cast<off_t>(range.offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error(errno, std::system_category(), "pread");
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

/// Puts one answer together.
class FileAnswer {
 public:
  FileAnswer(const Request& request, FileRepresentation representation, std::time_t now)
      : request_(request),
        representation_(std::move(representation)),
        tag_(format_entity_tag(facts())),
        modified_(std::min(facts().modified(), now)) {}  // RFC 9110, section 8.8.2.1.

  Response give(std::time_t now, std::string_view boundary) {
    const Validators validators{.tag = tag_, .modified = modified_};
    switch (judge_conditions(request_.fields, &validators, true, now)) {
      case Precondition::precondition_failed: return plain_answer(412);
      case Precondition::not_modified: return not_modified();
      case Precondition::proceed: break;
    }
    const auto range = request_.method == "GET" ? request_.field("Range") : std::nullopt;
    if (!range || !allows_range(request_.fields, validators, now)) return whole();
    const auto ranges = parse_ranges(*range, facts().size);
    if (!ranges) return whole();
    if (ranges->empty()) return unsatisfiable();
    return ranges->size() == 1 ? part(ranges->front()) : parts(*ranges, boundary);
  }

 private:
  const FileFacts& facts() const noexcept { return representation_.file.facts; }

  Response with_validators(int status) {
    Response response;
    response.status = status;
    response.fields.reserve(7);
    response.fields.push_back({"ETag", tag_});
    if (representation_.varies) response.fields.push_back({"Vary", "Accept-Encoding"});
    return response;
  }

  /// RFC 9110, section 15.4.5: what a cache needs to find the right copy, and no more.
  Response not_modified() { return with_validators(304); }

  Response with_description(int status, std::string content_type) {
    Response response = with_validators(status);
    response.fields.push_back({"Last-Modified", date_of(modified_)});
    response.fields.push_back({"Accept-Ranges", "bytes"});
    response.fields.push_back({"Content-Type", std::move(content_type)});
    if (representation_.is_gzipped) response.fields.push_back({"Content-Encoding", "gzip"});
    return response;
  }

  Response whole() {
    Response response = with_description(200, std::string(representation_.content_type));
    response.body = body_of({.offset = 0, .size = facts().size});
    return response;
  }

  Response part(const ByteRange& range) {
    Response response = with_description(206, std::string(representation_.content_type));
    response.fields.push_back({"Content-Range", content_range(range, facts().size)});
    response.body = body_of(range);
    return response;
  }

  /// multipart/byteranges: RFC 9110, section 14.6.
  Response parts(const std::vector<ByteRange>& ranges, std::string_view boundary) {
    Response response =
        with_description(206, std::string("multipart/byteranges; boundary=").append(boundary));
    const auto file = shared_file();
    BodyParts body;
    std::uint64_t copied = 0;
    std::string text;  // What is not sent from the file.
    std::string mark = std::string("--").append(boundary);
    for (const ByteRange& range : ranges) {
      text.append(mark).append("\r\nContent-Type: ").append(representation_.content_type);
      text.append("\r\nContent-Range: ").append(content_range(range, facts().size));
      text.append("\r\n\r\n");
      if (range.size <= copied_part_max && (copied += range.size) <= copied_parts_max) {
        text += read_bytes(file->get(), range);
      } else {
        body.emplace_back(std::exchange(text, {}));
        body.emplace_back(FileRange{.file = file, .offset = range.offset, .size = range.size});
      }
      mark = std::string("\r\n--").append(boundary);
    }
    body.emplace_back(text.append(mark).append("--\r\n"));
    response.body = std::move(body);
    return response;
  }

  Response unsatisfiable() {
    Response response = plain_answer(416);
    response.fields.push_back({"Content-Range", "bytes */" + std::to_string(facts().size)});
    return response;
  }

  ResponseBody body_of(const ByteRange& range) {
    if (range.size <= copied_max && request_.method != "HEAD")
      return read_bytes(representation_.file.fd.get(), range);
    return BodyParts{FileRange{.file = shared_file(), .offset = range.offset, .size = range.size}};
  }

  std::shared_ptr<const UniqueFd> shared_file() {
    return std::make_shared<const UniqueFd>(std::move(representation_.file.fd));
  }

  const Request& request_;
  FileRepresentation representation_;
  std::string tag_;
  std::time_t modified_;
};

}  // namespace

Response answer_with_file(const Request& request, FileRepresentation representation,
                          std::time_t now, std::string_view boundary) {
  return FileAnswer(request, std::move(representation), now).give(now, boundary);
}

}  // namespace brood
