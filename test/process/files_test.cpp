// The files handler on the wire: whole files, parts, uploads, and what a lost client or a killed
// worker leaves of them.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "support/client.hpp"
#include "support/server.hpp"
#include "unit/os/temporary_folder.hpp"

BOOST_AUTO_TEST_SUITE(files)

namespace {

using namespace brood::test;

/// A folder, and a server for it.
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
const std::vector<std::string> models{"prefork", "prefork-epoll"};

std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

std::string put_head(const std::string& path, std::size_t size, const std::string& fields = "") {
  return "PUT " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(size) +
         "\r\n" + fields + "\r\n";
}

Reply put(std::uint16_t port, const std::string& path, const std::string& body,
          const std::string& fields = "") {
  Client client = Client::tcp(port);
  client.send(put_head(path, body.size(), fields) + body);
  return client.read_reply();
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_of_every_size_arrive_whole_on_one_connection) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const Site site({"--model", model});
      Client client = Client::tcp(site.port());
      for (const std::size_t size : {0, 1, 1024, 16384, 16385, 65536, 5'000'000}) {
        const std::string content = noise(size);
        site.write("file", content);
        const Reply head = client.exchange("HEAD /file HTTP/1.1\r\nHost: test\r\n\r\n", true);
        BOOST_TEST(head.status == 200);
        BOOST_TEST(head.header("Content-Length") == std::to_string(size));
        const Reply reply = client.exchange(get_request("/file"));
        BOOST_TEST(reply.status == 200);
        BOOST_TEST((reply.body == content), size);
        BOOST_TEST(reply.header("ETag") == head.header("ETag"));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_method_that_files_do_not_have_is_refused_with_those_that_they_have) {
  const struct {
    const char* writable;
    const char* allow;
  } rows[] = {{"off", "GET, HEAD, OPTIONS"}, {"on", "GET, HEAD, PUT, DELETE, OPTIONS"}};
  for (const auto& row : rows) {
    const Site site({"--writable", row.writable});
    Client client = Client::tcp(site.port());
    for (const std::string method : {"FOO", "PROPFIND", "POST", "PATCH"}) {
      const Reply reply = client.exchange(method + " / HTTP/1.1\r\nHost: test\r\n\r\n");
      BOOST_TEST(reply.status == 405);
      BOOST_TEST(reply.header("Allow") == row.allow);
    }
    BOOST_TEST(client.exchange("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n").status == 204);
  }
}

BOOST_AUTO_TEST_CASE(a_put_without_a_body_makes_an_empty_file) {
  for (const std::string& model : models) {
    const Site site({"--model", model, "--writable", "on"});
    Client client = Client::tcp(site.port());
    site.write("old", "content");
    BOOST_TEST(client.exchange("PUT /new HTTP/1.1\r\nHost: test\r\n\r\n").status == 201);
    BOOST_TEST(client.exchange("PUT /old HTTP/1.1\r\nHost: test\r\n\r\n").status == 204);
    BOOST_TEST(site.names() == (std::vector<std::string>{"new", "old"}),
               boost::test_tools::per_element());
    BOOST_TEST(site.content("old").empty());
  }
}

BOOST_AUTO_TEST_CASE(a_name_may_come_as_it_is_and_with_any_query) {
  const Site site;
  site.write("\xc3\xa9 a", "accent");
  for (const std::string target :
       {"/\xc3\xa9%20a", "/%c3%A9%20a", "/\xc3\xa9%20a?q=100%", "/\xc3\xa9%20a?\"<\xff>\""})
    BOOST_TEST(get(site.port(), target).body == "accent", target);
  BOOST_TEST(get(site.port(), "/\xc3\xa9%2").status == 400);
  BOOST_TEST(get(site.port(), "/\xff").status == 404);
}

BOOST_AUTO_TEST_CASE(parts_arrive_whole_and_the_connection_is_kept) {
  const Site site;
  const std::string content = noise(1'000'000);
  site.write("file", content);
  Client client = Client::tcp(site.port());
  const Reply part = client.exchange(get_request("/file", {"Range: bytes=100000-899999"}));
  BOOST_TEST(part.status == 206);
  BOOST_TEST(part.header("Content-Range") == "bytes 100000-899999/1000000");
  BOOST_TEST((part.body == content.substr(100'000, 800'000)));
  const Reply parts = client.exchange(get_request("/file", {"Range: bytes=0-9,500000-999999"}));
  BOOST_TEST(parts.status == 206);
  const std::string boundary = parts.header("Content-Type").substr(31);
  BOOST_TEST(parts.body.starts_with("--" + boundary + "\r\n"));
  BOOST_TEST(parts.body.ends_with(content.substr(500'000) + "\r\n--" + boundary + "--\r\n"));
  const Reply none = client.exchange(get_request("/file", {"Range: bytes=1000000-"}));
  BOOST_TEST(none.status == 416);
  BOOST_TEST(none.header("Content-Range") == "bytes */1000000");
  const Reply same = client.exchange(get_request("/file", {"If-None-Match: *"}));
  BOOST_TEST(same.status == 304);
  BOOST_TEST(client.exchange(get_request("/nothing")).status == 404);
  BOOST_TEST(client.exchange(get_request("/file", {"Range: bytes=-3"})).body ==
             content.substr(999'997));
}

BOOST_AUTO_TEST_CASE(a_root_that_cannot_be_served_is_refused_at_the_start) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  ::mkdir((folder / "closed").c_str(), 0000);
  const struct {
    const char* name;
    std::vector<std::string> options;
    std::string want;
    bool as_nobody = false;
  } rows[] = {
      {"none", {}, "--root PATH"},
      {"missing", {"--root", folder / "missing"}, "missing: No such file or directory"},
      {"a file", {"--root", folder / "file"}, "file: Not a directory"},
      {"not to be read", {"--root", folder / "closed"}, "closed: Permission denied", true},
  };
  ::chmod((folder / "").c_str(), 0755);
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      if (row.as_nobody && ::geteuid() != 0) continue;  // Only root can become nobody.
      std::vector<std::string> options{"serve", "--listen", "127.0.0.1:0", "--handler", "files"};
      options.insert(options.end(), row.options.begin(), row.options.end());
      const Finished finished =
          run_to_end({.binary = BROOD_BINARY, .options = options, .as_nobody = row.as_nobody});
      BOOST_TEST(finished.status == 2);
      BOOST_TEST(finished.err.find(row.want) != std::string::npos, finished.err);
      BOOST_TEST(std::ranges::count(finished.err, '\n') == 1);
    }
}

BOOST_AUTO_TEST_CASE(uploads_of_every_size_are_read_back) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const Site site({"--writable", "on", "--model", model});
      for (const std::size_t size : {0, 1, 65536, 65537, 5'000'000}) {
        const std::string content = noise(size);
        const Reply reply = put(site.port(), "/file", content);
        BOOST_TEST(reply.status == (size == 0 ? 201 : 204));
        BOOST_TEST((site.content("file") == content), size);
        const Reply read = get(site.port(), "/file");
        BOOST_TEST((read.body == content), size);
        BOOST_TEST(read.header("ETag") == reply.header("ETag"));
      }
      BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
    }
}

BOOST_AUTO_TEST_CASE(an_upload_that_is_refused_is_not_asked_for) {
  const Site site({"--writable", "on"});
  site.write("file", "old");
  const struct {
    const char* name;
    const char* path;
    const char* fields;
    int status;
  } rows[] = {
      {"wanted", "/new", "", 100},
      {"not there yet", "/file", "If-None-Match: *\r\n", 412},
      {"no folder", "/none/file", "", 409},
      {"a part", "/file", "Content-Range: bytes 0-1/3\r\n", 400},
  };
  for (const auto& row : rows) {
    Client client = Client::tcp(site.port());
    client.send(put_head(row.path, 3, std::string("Expect: 100-continue\r\n") + row.fields));
    BOOST_TEST(client.read_reply().status == row.status, row.name);
  }
  const Site read_only;
  Client client = Client::tcp(read_only.port());
  client.send(put_head("/file", 3, "Expect: 100-continue\r\n"));
  const Reply refused = client.read_reply();
  BOOST_TEST(refused.status == 405);
  BOOST_TEST(refused.header("Allow") == "GET, HEAD, OPTIONS");
}

BOOST_AUTO_TEST_CASE(a_client_lost_in_the_middle_leaves_the_old_file_and_no_other) {
  Site site({"--writable", "on", "--start-workers", "1", "--max-workers", "1"});
  site.write("file", "old");
  for (const char* const path : {"/file", "/new"}) {
    Client client = Client::tcp(site.port());
    client.send(put_head(path, 10'000'000) + noise(5'000'000));
    client.abort();
  }
  // The only worker answers again: it has done with both.
  BOOST_TEST(get(site.port(), "/file").body == "old");
  BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
}

BOOST_AUTO_TEST_CASE(a_worker_killed_in_the_middle_leaves_the_old_file_and_no_other) {
  Site site({"--writable", "on", "--start-workers", "1", "--max-workers", "1"});
  site.write("file", "old");
  for (int round = 0; round < 2; ++round) {
    const pid_t worker = site.server().workers().at(0);
    Client client = Client::tcp(site.port());
    client.send(put_head(round == 0 ? "/file" : "/new", 10'000'000) + noise(1'000'000));
    // It has opened where the body is to go.
    const auto holds_nameless = [&] {
      const auto open = open_files(worker);
      return std::ranges::any_of(open, [](const std::string& name) {
        return name.ends_with("(deleted)") && name.find("memfd") == std::string::npos;
      });
    };
    BOOST_TEST(eventually(holds_nameless));
    const std::size_t mark = site.server().mark();
    ::kill(worker, SIGKILL);
    site.server().wait_for("worker_ended", mark);
    BOOST_TEST(get(site.port(), "/file").body == "old");
    BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
  }
}

BOOST_AUTO_TEST_CASE(an_upload_that_the_disk_or_a_limit_does_not_hold_is_507_and_harms_nobody) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Site site({"--writable", "on", "--model", model}, {{RLIMIT_FSIZE, 5'000'000}});
      site.write("file", "old");
      for (const char* const path : {"/file", "/new"}) {
        const Reply reply = put(site.port(), path, noise(9'000'000));
        BOOST_TEST(reply.status == 507);
        BOOST_TEST(text_of(site.server().wait_for("worker_note"), "text") ==
                   "request body: File too large");
      }
      BOOST_TEST(put(site.port(), "/file", noise(4'900'000)).status == 204);
      BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
      BOOST_TEST(site.server().log("worker_ended").empty());
    }
}

BOOST_AUTO_TEST_CASE(readers_see_the_old_file_or_the_new_one_and_nothing_between) {
  Site site({"--writable", "on", "--start-workers", "4"});
  constexpr std::size_t size = 300'000;
  const std::uint16_t port = site.port();
  BOOST_TEST(put(port, "/file", std::string(size, 'a')).status == 201);
  std::thread writer([port] {
    for (int round = 0; round < 40; ++round)
      put(port, "/file", std::string(size, static_cast<char>('a' + round % 26)));
  });
  int torn = 0;
  for (int round = 0; round < 100; ++round) {
    const Reply reply = get(port, "/file");
    torn += reply.status == 200 && reply.body == std::string(size, reply.body.at(0)) ? 0 : 1;
  }
  writer.join();
  BOOST_TEST(torn == 0);
  BOOST_TEST((site.names() == std::vector<std::string>{"file"}));
}

BOOST_AUTO_TEST_CASE(of_many_writers_with_the_same_tag_one_wins) {
  Site site({"--writable", "on", "--start-workers", "8"});
  const std::uint16_t port = site.port();
  std::string tag = put(port, "/file", "first").header("ETag");
  for (int round = 0; round < 10; ++round) {
    std::vector<Reply> replies(8);
    std::vector<std::thread> writers;
    for (std::size_t writer = 0; writer < replies.size(); ++writer)
      writers.emplace_back([&, writer] {
        replies[writer] =
            put(port, "/file", "by " + std::to_string(writer), "If-Match: " + tag + "\r\n");
      });
    for (std::thread& writer : writers) writer.join();
    BOOST_TEST(std::ranges::count(replies, 204, &Reply::status) == 1);
    BOOST_TEST(std::ranges::count(replies, 412, &Reply::status) == 7);
    tag = std::ranges::find(replies, 204, &Reply::status)->header("ETag");
    BOOST_TEST(get(port, "/file").header("ETag") == tag);
  }
}

BOOST_AUTO_TEST_CASE(what_is_deleted_is_gone) {
  const Site site({"--writable", "on"});
  site.write("file", "old");
  Client client = Client::tcp(site.port());
  const std::string request = "DELETE /file HTTP/1.1\r\nHost: test\r\n\r\n";
  BOOST_TEST(client.exchange(request).status == 204);
  BOOST_TEST(client.exchange(request).status == 404);
  BOOST_TEST(site.names().empty());
}

BOOST_AUTO_TEST_CASE(any_number_of_honest_ranges_is_served) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const Site site({"--model", model});
      const std::string content = noise(1'000'000);
      site.write("file", content);
      site.write("empty", "");
      for (const std::size_t count : {17, 20, 77, 700}) {
        std::string field = "Range: bytes=";
        std::string want;
        for (std::size_t at = 0; at < count; ++at) {
          const std::size_t first = at * 1400;
          const std::size_t size = at % 2 == 0 ? 10 : 1300;
          const std::string last = std::to_string(first + size - 1);
          field += std::to_string(first) + '-' + last + ',';
          want += "Content-Range: bytes " + std::to_string(first) + '-' + last +
                  "/1000000\r\n\r\n" + content.substr(first, size) + "\r\n--";
        }
        const Reply reply = get(site.port(), "/file", {field});
        BOOST_TEST(reply.status == 206);
        const std::string boundary = reply.header("Content-Type").substr(31);
        const std::string type = boundary + "\r\nContent-Type: application/octet-stream\r\n";
        std::string got = reply.body;
        for (auto place = got.find(type); place != got.npos; place = got.find(type))
          got.erase(place, type.size());
        BOOST_TEST((got == "--" + want + boundary + "--\r\n"), count);
      }
      const Reply both = get(site.port(), "/file", {"Range: bytes=0-99,50-149"});
      BOOST_TEST(both.status == 206);
      const Reply empty = get(site.port(), "/empty", {"Range: bytes=0-"});
      BOOST_TEST(empty.status == 200);
      BOOST_TEST(empty.header("Content-Length") == "0");
    }
}

BOOST_AUTO_TEST_CASE(links_are_followed_within_the_root_and_written_as_themselves) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const Site site({"--writable", "on", "--model", model});
      site.write("file", "inside");
      std::filesystem::create_symlink(site.path("file"), site.path("absolute"));
      std::filesystem::create_symlink("/etc/hostname", site.path("outside"));
      std::filesystem::create_symlink("nowhere", site.path("dangling"));
      std::filesystem::create_symlink("nowhere", site.path("removed"));
      BOOST_TEST(get(site.port(), "/absolute").body == "inside");
      BOOST_TEST(get(site.port(), "/outside").status == 403);
      BOOST_TEST(put(site.port(), "/outside", "new").status == 201);
      BOOST_TEST(put(site.port(), "/dangling", "new").status == 201);
      BOOST_TEST(Client::tcp(site.port())
                     .exchange("DELETE /removed HTTP/1.1\r\nHost: test\r\n\r\n")
                     .status == 204);
      BOOST_TEST(site.content("outside") == "new");
      BOOST_TEST(!std::filesystem::is_symlink(site.path("outside")));
      BOOST_TEST(
          (site.names() == std::vector<std::string>{"absolute", "dangling", "file", "outside"}));
    }
}

BOOST_AUTO_TEST_CASE(a_put_into_a_locked_folder_waits_and_keeps_nobody_waiting) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      Site site({"--writable", "on", "--model", model, "--start-workers", "2"});
      site.write("file", "old");
      std::filesystem::create_directory(site.path("sub"));
      brood::UniqueFd folder{::open(site.path("sub").c_str(), O_RDONLY | O_CLOEXEC)};
      BOOST_TEST_REQUIRE(::flock(folder.get(), LOCK_SH) == 0);
      std::vector<Client> writers;
      for (int writer = 0; writer < (model == "prefork" ? 1 : 8); ++writer) {
        writers.push_back(Client::tcp(site.port()));
        writers.back().send(put_head("/sub/" + std::to_string(writer), 3) + "new");
      }
      // All workers have one, and they answer others meanwhile.
      for (int round = 0; round < 20; ++round) BOOST_TEST(get(site.port(), "/file").body == "old");
      BOOST_TEST(std::filesystem::is_empty(site.path("sub")));
      folder.reset();
      for (Client& writer : writers) BOOST_TEST(writer.read_reply().status == 201);
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_moved_out_while_a_put_waits_is_not_written_to) {
  for (const std::string& model : models) BOOST_TEST_CONTEXT(model) {
      const TemporaryFolder elsewhere;
      Site site({"--writable", "on", "--model", model});
      std::filesystem::create_directory(site.path("sub"));
      brood::UniqueFd folder{::open(site.path("sub").c_str(), O_RDONLY | O_CLOEXEC)};
      BOOST_TEST_REQUIRE(::flock(folder.get(), LOCK_EX) == 0);
      Client writer = Client::tcp(site.port());
      writer.send(put_head("/sub/new", 3) + "new");
      BOOST_TEST(writer.read_reply(false, std::chrono::milliseconds{200}).status == 0);
      std::filesystem::rename(site.path("sub"), elsewhere / "moved");
      folder.reset();
      BOOST_TEST(writer.read_reply().status == 409);
      BOOST_TEST(std::filesystem::is_empty(elsewhere / "moved"));
    }
}

BOOST_AUTO_TEST_CASE(a_put_makes_folders_on_request) {
  const Site site({"--writable", "on", "--make-folders", "on", "--charset", "off"});
  BOOST_TEST(put(site.port(), "/org/brood/1.0/brood.txt", "jar").status == 201);
  const Reply reply = get(site.port(), "/org/brood/1.0/brood.txt");
  BOOST_TEST(reply.body == "jar");
  BOOST_TEST(reply.header("Content-Type") == "text/plain");
  const Site other({"--writable", "on"});
  BOOST_TEST(put(other.port(), "/org/brood.txt", "jar").status == 409);
}

BOOST_AUTO_TEST_SUITE_END()
