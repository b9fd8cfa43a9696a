#pragma once
// A handler in a shared library, in plain C99: `brood serve --handler plugin --plugin ./hello.so`.
//
// The library exports one object, `brood_plugin`: its version and its functions. It is loaded in
// each worker and never unloaded. One worker calls one function at a time, from one thread, and is
// a process of its own: a function may block, leak or crash, and harms the request in hand.
//
// With --model thread and thread-pool a worker has threads. Then each that serves has a state of
// its own, from a start() of its own; no two threads use one state at once, nor are in start() or
// stop() at once, but another thread may come with the next connection. Globals and statics of the
// library are shared, and its own to lock; a crash harms all requests of the worker.
//
// What a function is given is good until it returns, unless something else is said. A function that
// returns int says 0 for success. Of C++, an exception that leaves a function is a failure too.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Of everything in this file. A library of another version is refused when the server starts.
#define BROOD_PLUGIN_ABI 1

/// Some bytes of text; no NUL follows them.
struct brood_text {
  const char* data;
  size_t size;
};

/// One field of a request's head; the value has no white space around it.
struct brood_field {
  struct brood_text name;
  struct brood_text value;
};

/// The other end of a connection: "127.0.0.1" and 8080; the path and 0 for a unix socket.
struct brood_peer {
  char host[112];  ///< Ends with a NUL; empty if the client has no name.
  uint16_t port;
};

/// Where a plugin finds itself. Good until stop() has returned.
struct brood_worker {
  uint32_t slot;  ///< The place in the pool, from 0; a replacement inherits it.
  int32_t pid;
  /// Puts a text into the server's log (`worker_note`): escaped, cut at 512 bytes, dropped if it is
  /// too much at once.
  void (*note)(const struct brood_worker* worker, const char* text);
};

/// One request.
struct brood_request {
  struct brood_text method;  ///< As sent: "GET".
  struct brood_text target;  ///< As sent, in any form of RFC 9112, section 3.2.
  struct brood_text path;    ///< Of the target, still percent-encoded; never empty.
  struct brood_text query;   ///< Of the target, behind the "?"; may be empty.
  struct brood_text host;    ///< That was asked for, as the field Host has it; may be empty.
  int is_http_1_0;           ///< Otherwise HTTP/1.1.
  const struct brood_field* fields;
  size_t field_count;
  struct brood_text body;     ///< All of it, decoded, if it is not in a file.
  int body_file;              ///< -1, or a descriptor of the server's: pread() it from offset 0.
  uint64_t body_size;         ///< Wherever the body is.
  uint64_t connection_count;  ///< Of this worker so far, this one included.

  /// The value of the first field with this name, whatever its case; data is NULL if there is none.
  struct brood_text (*field)(const struct brood_request* request, const char* name);
  /// Who has sent the request: the other end of the connection, or whom a trusted proxy names.
  void (*client)(const struct brood_request* request, struct brood_peer* peer);
};

/// A body that is asked for piece by piece, so that it need not be in memory.
struct brood_pull {
  /// Fills some of the space. \return how much; 0: the end; less: failed. Then the response is cut
  /// off so that the client can see it.
  int64_t (*read)(void* context, char* space, size_t size);
  /// Called once, when the body has been sent or nobody wants it; not when the worker is killed.
  /// May be NULL.
  void (*done)(void* context);
  void* context;  ///< Handed to both.
  int64_t size;   ///< Of the body; -1: not known, then the response is chunked.
};

/// One response, filled by handle(). What is passed is copied.
struct brood_response {
  int status;  ///< 200 to 599; 200 unless set.
  /// Adds a field such as "Content-Type". Those of framing and connection, Date and Server are the
  /// server's: with one of them, or with a line end in it, the response becomes a 500.
  void (*add_field)(struct brood_response* response, const char* name, const char* value);
  /// Adds some of the body.
  void (*add_body)(struct brood_response* response, const void* bytes, size_t size);
  /// The body is to be pulled. Takes the place of what add_body() added, and the other way round.
  void (*pull_body)(struct brood_response* response, const struct brood_pull* pull);
};

/// What a library exports. Members that may be NULL say so.
struct brood_plugin {
  uint32_t abi_version;  ///< BROOD_PLUGIN_ABI. It stays the first member in every version.
  const char* name;      ///< For the log.
  /// Once for each state, before its first request. \param arg of --plugin-arg, or "". \param state
  /// is handed to the other functions; NULL unless set. A failure ends the worker; in one more
  /// thread, or in a process for a connection, the connection. May be NULL.
  int (*start)(const struct brood_worker* worker, const char* arg, void** state);
  /// Whether a request is wanted, when its head is known and its body is not read yet.
  /// \param wants_body is 1; set it to 0 to have the body dropped.
  /// \return 0, or the status with which the request is refused (400 to 599). May be NULL.
  int (*admit)(void* state, const struct brood_request* request, int* wants_body);
  /// Answers a request. A failure is answered with 500.
  int (*handle)(void* state, const struct brood_request* request, struct brood_response* response);
  /// When the worker leaves by itself; not when it is killed. May be NULL.
  void (*stop)(void* state);
};

/// To be defined by the library.
extern
#ifdef __GNUC__
    __attribute__((visibility("default")))
#endif
    const struct brood_plugin brood_plugin;

#ifdef __cplusplus
}
#endif
