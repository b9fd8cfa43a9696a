#pragma once
// What a handler is given: one request, as views that are good until handle() has returned.

#include <brood/field.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace brood {

/// One end of a connection: "127.0.0.1" and 8080; the path and 0 for a unix socket (an unnamed
/// one has an empty path).
struct Peer {
  std::string host;
  std::uint16_t port = 0;
};

/// The two ends of the connection on which a request came; asked of the kernel when wanted.
class ConnectionEnds {
 public:
  virtual ~ConnectionEnds() = default;
  virtual Peer client() const = 0;
  virtual Peer server() const = 0;
};

/// A request's body, whole and decoded: in memory while it is small, else in a file.
struct RequestBody {
  std::string_view bytes;  ///< All of it, if it is not in a file.
  int file = -1;           ///< Read it from offset 0; the worker's own, closed after handle().
  std::uint64_t size = 0;  ///< Of the body, wherever it is.
};

/// One request.
struct Request {
  std::string_view method{};  ///< As sent: methods are case-sensitive (RFC 9110, section 9.1).
  std::string_view target{};  ///< As sent, in any of the four forms of RFC 9112, section 3.2.
  std::string_view path{};    ///< Of the target, still percent-encoded; never empty.
  std::string_view query{};   ///< Of the target, behind the "?"; may be empty, or no sound one.
  /// Of the target's authority, else of Host, or what a trusted forwarder says; may be empty.
  std::string_view host{};
  std::string_view scheme{"http"};             ///< Or "https", where a trusted forwarder says so.
  bool is_http_1_0 = false;                    ///< Otherwise HTTP/1.1.
  std::span<const FieldView> fields{};         ///< Host, if any, has the value of `host`.
  RequestBody body{};                          ///< Empty unless admit() wanted it.
  std::uint64_t connection_count = 0;          ///< Of this worker so far, this one included.
  const ConnectionEnds* connection = nullptr;  ///< Never null in a worker.
  std::uint32_t asked_before = 0;  ///< How often handle() has asked to be asked again for it.

  /// The value of the first field with this name, whatever its case (ASCII).
  std::optional<std::string_view> field(std::string_view name) const noexcept {
    for (const FieldView& one : fields)
      if (is_named(one, name)) return one.value;
    return std::nullopt;
  }

 private:
  static constexpr bool is_named(const FieldView& field, std::string_view name) noexcept {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    };
    if (field.name.size() != name.size()) return false;
    for (std::size_t at = 0; at < name.size(); ++at)
      if (lower(field.name[at]) != lower(name[at])) return false;
    return true;
  }
};

}  // namespace brood
