#pragma once
// http: level 1. HTTP/1.1 (RFC 9110, RFC 9112) without IO: bytes in, values and bytes out. No
// socket, no clock, no exception out of it; includes base and the standard library only. Files by
// subject:
//   head_reader, field_line      split a head
//   framing                      finds a body's end
//   chunk_line, body_reader      decode a body
//   head_writer, body_writer     write a message
//   request_line, target, host, request_head, status_line, response_head
//                                judge what is the one role's or the other's
//   server_session               composes them: what a worker drives
//   client_session               the same for who asks a server
//   forwarding, forwarded_client
//                                what a proxy adds to a request, and what of it is believed
//   forwarding, forwarded_client what proxies tell of the client, and what is believed of it
//   proxy_header                 what a proxy sends before all that
//   cgi_head                     reads what a CGI program answers

#include <cstddef>
#include <cstdint>

namespace brood {

/// How much a client may ask of one request. Beyond: 431, 431 and 413.
struct SessionLimits {
  /// Request line, fields and all line ends. A first line that is longer by itself: 414.
  std::size_t max_header_bytes = 16UL * 1024;
  std::size_t max_headers = 100;                       ///< Field lines; of a trailer as well.
  std::uint64_t max_body_bytes = 16ULL * 1024 * 1024;  ///< Decoded, declared or counted.
};

/// Empty lines that may precede a request (RFC 9112, section 2.2 asks for one at least).
inline constexpr std::size_t empty_lines_max = 8;

/// The longest line of a chunk's size and extensions, line end included.
inline constexpr std::size_t chunk_line_max = 1024;

/// The longest trailer, all its lines together, if max_header_bytes is not less; beyond: 431.
inline constexpr std::size_t trailer_max = 8UL * 1024;

/// The largest piece in which a body is handed out, and the room kept for one read of it.
inline constexpr std::size_t body_piece_max = 64UL * 1024;

/// Room behind a head for a body's bytes, a chunk's line or a trailer.
inline constexpr std::size_t body_room = 16UL * 1024;
static_assert(body_room > trailer_max && body_room > chunk_line_max);
static_assert(body_room <= body_piece_max);

}  // namespace brood
