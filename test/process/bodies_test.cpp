// Bodies of every kind and size, in and out, in blocking and in event-driven workers: whole or
// visibly cut off, and a worker's memory stays flat whatever passes through it.
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "support/faults.hpp"

BOOST_AUTO_TEST_SUITE(bodies)

namespace {

using namespace brood::test;
using namespace std::chrono_literals;

const std::uint64_t huge = (is_sanitized() ? 32ULL : 512ULL) << 20;
/// What is freed stays in the quarantine of a sanitizer.
const std::int64_t growth_max_kib = is_sanitized() ? 200 * 1024 : 2 * 1024;

const std::vector<std::string> models{"prefork", "prefork-epoll"};

Launch of(const std::string& model, int size = 1, const std::vector<std::string>& more = {}) {
  Launch launch = faulty(size, {"--model", model});
  launch.options.insert(launch.options.end(), more.begin(), more.end());
  return launch;
}

/// A response read to the end of its connection; of a long body only its length is kept.
struct Download {
  std::string head;
  std::string body;  ///< As it came, chunks and all; at most a MiB of it.
  std::uint64_t size = 0;
  bool is_closed = false;  ///< By an end of file, not by a reset.
};

Download download(std::uint16_t port, const std::string& path, const char* version = "1.1") {
  Client client = Client::tcp(port);
  client.send("GET " + path + " HTTP/" + version + "\r\nHost: test\r\nConnection: close\r\n\r\n");
  Download got;
  std::vector<char> bytes(256 * 1024);
  const timeval limit{.tv_sec = patience.count(), .tv_usec = 0};
  ::setsockopt(client.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ssize_t size = 0;
  while ((size = ::recv(client.fd(), bytes.data(), bytes.size(), 0)) > 0) {
    got.size += static_cast<std::uint64_t>(size);
    if (got.body.size() < (1 << 20)) got.body.append(bytes.data(), static_cast<std::size_t>(size));
  }
  got.is_closed = size == 0;
  const std::size_t end = got.body.find("\r\n\r\n");
  if (end == got.body.npos) return got;
  got.head = got.body.substr(0, end + 4);
  got.body.erase(0, end + 4);
  got.size -= got.head.size();
  return got;
}

bool has(const Download& got, const std::string& field) {
  return got.head.find(field + "\r\n") != got.head.npos;
}

std::string upload_request(std::uint64_t size, const std::string& more = "") {
  return "POST /upload HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) + "\r\n" +
         more + "\r\n";
}

/// The body out of its chunks, which must be whole.
std::string dechunked(std::string_view bytes) {
  std::string body;
  for (;;) {
    const std::size_t size = std::stoul(std::string(bytes.substr(0, 8)), nullptr, 16);
    bytes.remove_prefix(bytes.find("\r\n") + 2);
    body += bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
    if (size == 0) return body;
  }
}

std::int64_t errors_of(const Server& server) {
  return std::stoll(get(server.port(), "/healthcheck").body);
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_kind_of_body_arrives_whole_and_the_connection_goes_on) {
  const std::string zeros(70'000, '\0');
  const struct {
    const char* name;
    std::string path;
    std::string want;
    bool is_chunked;
  } rows[] = {
      {"none", "/bytes/0", "", false},
      {"short bytes", "/bytes/10", "xxxxxxxxxx", false},
      {"long bytes", "/bytes/3000000", std::string(3'000'000, 'x'), false},
      {"parts", "/parts/70000", "<" + zeros + ">", false},
      {"parts of nothing", "/parts/0", "<>", false},
      {"pulled", "/pull/100000", std::string(100'000, 'x'), true},
      {"pulled, of nothing", "/pull/0", "", true},
      {"pulled, size known", "/pull-sized/100000", std::string(100'000, 'x'), false},
      {"streamed", "/stream/100000", std::string(100'000, 'x'), true},
      {"streamed, of nothing", "/stream/0", "", true},
  };
  for (const std::string& model : models) {
    Server server(of(model, 2));
    Client kept = Client::tcp(server.port());
    for (const auto& row : rows) BOOST_TEST_CONTEXT(model << ": " << row.name) {
        const Download got = download(server.port(), row.path);
        BOOST_TEST(has(got, "Transfer-Encoding: chunked") == row.is_chunked);
        BOOST_TEST(has(got, "Content-Length: " + std::to_string(row.want.size())) ==
                   !row.is_chunked);
        if (got.body.size() < (1 << 20))
          BOOST_TEST(((row.is_chunked ? dechunked(got.body) : got.body) == row.want));
        else
          BOOST_TEST(got.size == row.want.size());
        const Download old = download(server.port(), row.path, "1.0");
        BOOST_TEST(old.size == row.want.size());
        BOOST_TEST(old.is_closed);
        // A client that wants the next answer behind it, and one that wants the head alone.
        if (row.is_chunked) continue;
        BOOST_TEST((kept.exchange(get_request(row.path)).body == row.want));
        kept.send("HEAD " + row.path + " HTTP/1.1\r\nHost: test\r\n\r\n");
        BOOST_TEST(kept.read_reply(true).status == 200);
      }
    BOOST_TEST(errors_of(server) == 0);
    BOOST_TEST(server.log("worker_note").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_fails_is_cut_off_so_that_the_client_sees_it) {
  const struct {
    const char* name;
    std::string path;
    std::string note;
  } rows[] = {
      {"an exception", "/pull-throw/50000", "response cut off: asked to throw"},
      {"a shorter file", "/shrunk/50000", "response cut off: its file has become shorter"},
      {"not whole", "/broken/50000", "response cut off: something of it is missing"},
      {"silence", "/silent/50000", "response cut off: nothing has come for 300ms"},
  };
  for (const std::string& model : models)
    for (const auto& row : rows) BOOST_TEST_CONTEXT(model << ": " << row.name) {
        Server server(of(model));
        const Download got = download(server.port(), row.path);
        BOOST_TEST(got.head.starts_with("HTTP/1.1 200 OK"));
        if (has(got, "Transfer-Encoding: chunked"))
          BOOST_TEST(!got.body.ends_with("0\r\n\r\n"));
        else
          BOOST_TEST(got.size == 50'000);  // Of 50'002.
        const LogLine note = server.wait_for("worker_note");
        BOOST_TEST(text_of(note, "text") == row.note);
        BOOST_TEST(errors_of(server) == 1);
        // Without chunks and length the end of the connection must not look like the body's.
        const Download old = download(server.port(), row.path, "1.0");
        BOOST_TEST((!old.is_closed || has(old, "Content-Length: 50002")));
        BOOST_TEST(server.log("worker_ended").empty());
      }
}

BOOST_AUTO_TEST_CASE(a_source_is_let_go_when_its_client_has_gone) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Server server(of(model));
      Client client = Client::tcp(server.port());
      client.send(get_request("/open/10"));
      Reply ignored = client.read_reply();
      client.half_close();  // It still reads.
      if (model != "prefork") BOOST_TEST(get(server.port(), "/is-open").body == "yes\n");
      client.abort();
      BOOST_TEST(eventually([&] { return get(server.port(), "/is-open").body == "no\n"; }));
    }
}

BOOST_AUTO_TEST_CASE(a_chosen_folder_for_large_bodies_that_is_not_there_is_told_at_the_start) {
  const Finished finished = run_to_end({.binary = BROOD_BINARY,
                                        .options = {"serve", "--listen", "127.0.0.1:0"},
                                        .environment = {"TMPDIR=/nonexistent/folder"}});
  BOOST_TEST(finished.status == 2);
  BOOST_TEST(finished.err.find("TMPDIR /nonexistent/folder: No such file or directory") !=
                 std::string::npos,
             finished.err);
}

BOOST_AUTO_TEST_CASE(
    a_request_body_beyond_the_limit_of_files_is_refused_by_a_worker_that_lives_on) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Launch launch = of(model);
      launch.limits.emplace_back(RLIMIT_FSIZE, 5'000'000);
      Server server(launch);
      const std::string body(9'000'000, 'b');
      BOOST_TEST(Client::tcp(server.port()).exchange(upload_request(body.size()) + body).status ==
                 507);
      BOOST_TEST(text_of(server.wait_for("worker_note"), "text") == "request body: File too large");
      BOOST_TEST(get(server.port(), "/bytes/1").status == 200);
      BOOST_TEST(server.log("worker_ended").empty());
    }
}

BOOST_AUTO_TEST_CASE(a_request_body_is_in_memory_while_it_is_small_and_in_a_file_else) {
  const struct {
    const char* name;
    std::uint64_t size;
    const char* place;
  } rows[] = {{"none", 0, "memory"},
              {"small", 1000, "memory"},
              {"the most in memory", 65'536, "memory"},
              {"one more", 65'537, "file"},
              {"large", 5'000'000, "file"}};
  for (const std::string& model : models) {
    Server server(of(model));
    Client client = Client::tcp(server.port());
    for (const auto& row : rows) BOOST_TEST_CONTEXT(model << ": " << row.name) {
        const std::string want = std::to_string(row.size) + " " + std::to_string(row.size * 'b') +
                                 " " + row.place + "\n";
        const std::string body(row.size, 'b');
        BOOST_TEST(client.exchange(upload_request(row.size) + body).body == want);
        char chunk[16];
        std::snprintf(chunk, sizeof chunk, "%zx\r\n", body.size());
        const std::string chunked = body.empty() ? "" : chunk + body + "\r\n";
        BOOST_TEST(client
                       .exchange("PUT /upload HTTP/1.1\r\nHost: test\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n" +
                                 chunked + "0\r\n\r\n")
                       .body == want);
        client.send(upload_request(row.size, "Expect: 100-continue\r\n"));
        if (row.size > 0) BOOST_TEST(client.read_reply().status == 100);
        BOOST_TEST(client.exchange(body).body == want);
      }
  }
}

BOOST_AUTO_TEST_CASE(a_refused_request_is_not_asked_for_its_body) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Server server(of(model));
      Client client = Client::tcp(server.port());
      const Reply reply = client.exchange(
          "POST /refuse HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\nExpect: "
          "100-continue\r\n\r\n");
      BOOST_TEST(reply.status == 403);
      BOOST_TEST(client.is_closed_by_server());
    }
}

BOOST_AUTO_TEST_CASE(a_body_for_which_there_is_no_room_is_507_with_a_note) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Server server(of(model));
      Client client = Client::tcp(server.port());
      const Reply reply =
          client.exchange("POST /full HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc");
      BOOST_TEST(reply.status == 507);
      BOOST_TEST(client.is_closed_by_server());
      BOOST_TEST(text_of(server.wait_for("worker_note"), "text") ==
                 "request body: No space left on device");
    }
}

BOOST_AUTO_TEST_CASE(memory_stays_flat_whatever_passes_through) {
  for (const std::string& model : models) {
    Server server(of(model, 1, {"--max-body-bytes", "4G"}));
    const pid_t worker = server.workers().at(0);
    for (const char* warm : {"/parts/1000000", "/pull/1000000", "/stream/1000000"})
      download(server.port(), warm);
    const std::int64_t before = memory_kib(worker, "VmHWM:");
    for (const char* kind : {"/parts/", "/pull/", "/pull-sized/", "/stream/"})
      BOOST_TEST_CONTEXT(model << " " << kind) {
        BOOST_TEST(download(server.port(), kind + std::to_string(huge)).size >= huge);
        BOOST_TEST(memory_kib(worker, "VmHWM:") - before < growth_max_kib);
      }
    BOOST_TEST_CONTEXT(model << " drained and written to a file") {
      for (const char* path : {"/", "/full"}) {
        Client client = Client::tcp(server.port());
        client.send("POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " +
                    std::to_string(huge) + "\r\n\r\n");
        const std::string piece(1 << 20, 'b');
        for (std::uint64_t sent = 0; sent < huge && client.send(piece); sent += piece.size())
          continue;
        if (*(path + 1) == '\0') BOOST_TEST(client.read_reply().status == 200);
      }
      BOOST_TEST(memory_kib(worker, "VmHWM:") - before < growth_max_kib);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
