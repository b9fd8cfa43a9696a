// The files handler on the wire: whole files and parts of them.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "support/files_site.hpp"

BOOST_AUTO_TEST_SUITE(files)

using namespace brood::test;

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
    BOOST_TEST(client.exchange("OPTIONS * HTTP/1.1\r\nHost: test\r\n\r\n").status == 200);
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

BOOST_AUTO_TEST_SUITE_END()
