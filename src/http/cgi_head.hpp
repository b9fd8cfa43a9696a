#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/limits.hpp"

namespace brood {

/// The head of what a CGI/1.1 program has written (RFC 3875, section 6), ready for a response.
struct CgiHead {
  int status = 200;                ///< As `Status` says; else 302 with a Location, 200 without.
  std::string location;            ///< Of `Location`; empty: none.
  bool is_local_redirect = false;  ///< Location is a path, and no Status says otherwise: 6.2.2.
  std::optional<std::uint64_t> content_length;  ///< Of `Content-Length`, as a claim.
  /// All others, Content-Type among them. Without those that are the server's own: 6.3.4.
  std::vector<std::pair<std::string, std::string>> fields;
  std::size_t size = 0;  ///< In bytes, its empty line included: there the body begins.
};

/// Reads such a head while it arrives. Lines may end in LF or CRLF (section 6.1, note on NL).
class CgiHeadReader {
 public:
  enum class Step : std::uint8_t {
    need_bytes,  ///< If no more will come, the program has failed.
    whole,
    /// No field at all or none of Content-Type, Location and Status; a line that is no field or is
    /// folded; a Status that is not 200 to 599; one of the program's own fields twice.
    malformed,
    too_large,  ///< More than max_header_bytes or max_headers.
  };

  explicit CgiHeadReader(const SessionLimits& limits) noexcept : limits_(limits) {}

  /// `input` begins where it began last time, and has the same bytes or more. Writes to `head`
  /// when it is whole. Throws nothing but std::bad_alloc.
  Step resume(std::string_view input, CgiHead& head);

 private:
  SessionLimits limits_;
  std::size_t line_begin_ = 0;  // Of the line that is being looked for.
  std::size_t searched_ = 0;    // No line feed from line_begin_ to here.
};

}  // namespace brood
