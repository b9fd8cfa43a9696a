#include "serve/handlers/files.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "http/date_parser.hpp"
#include "unit/serve/handlers/site.hpp"

BOOST_AUTO_TEST_SUITE(files)

namespace {

using namespace brood;
using namespace brood::test;

/// Fills up the process' descriptors for a while.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

BOOST_AUTO_TEST_CASE(each_path_gets_its_answer) {
  Site site;
  site.write("a.txt", "hello\n");
  site.write("a b%.txt", "blank\n");
  site.write("with/index.html", "<p>index");
  site.write("odd/index.html/x", "");
  site.write("sub/c.txt", "c\n");
  std::filesystem::create_symlink("../a.txt", site.path("sub/inside"));
  std::filesystem::create_symlink("../sub", site.path("sub/folder"));
  std::filesystem::create_symlink("/etc/passwd", site.path("absolute"));
  std::filesystem::create_symlink("../../../../../../etc/passwd", site.path("sub/outside"));
  std::filesystem::create_symlink("/proc/self/root/etc/passwd", site.path("magic"));
  std::filesystem::create_symlink("round", site.path("round"));
  std::filesystem::create_symlink(site.path("a.txt"), site.path("sub/absolute-inside"));
  std::filesystem::create_symlink(site.path("sub"), site.path("absolute-folder"));
  std::filesystem::create_symlink("absolute-folder/absolute-inside", site.path("chain"));
  ::mkfifo(site.path("fifo").c_str(), 0600);
  const struct {
    const char* name;
    const char* path;
    int status;
    const char* body;
  } rows[] = {
      {"a file", "/a.txt", 200, "hello\n"},
      {"a query is not its business", "/a.txt?b=c", 200, "hello\n"},
      {"an encoded name", "/a%20b%25.txt", 200, "blank\n"},
      {"a file in a folder", "/sub/c.txt", 200, "c\n"},
      {"dots that stay inside", "/sub/../a.txt", 200, "hello\n"},
      {"a folder with an index", "/with/", 200, "<p>index"},
      {"a link that stays inside", "/sub/inside", 200, "hello\n"},
      {"a linked folder", "/sub/folder/c.txt", 200, "c\n"},
      {"a link to an absolute path inside", "/sub/absolute-inside", 200, "hello\n"},
      {"a linked folder with an absolute path", "/absolute-folder/c.txt", 200, "c\n"},
      {"one by way of the other", "/chain", 200, "hello\n"},
      {"a folder without its slash", "/sub", 301, "301 Moved Permanently\n"},
      {"a folder without an index", "/sub/", 403, "403 Forbidden\n"},
      {"an index that is a folder", "/odd/", 403, "403 Forbidden\n"},
      {"the root", "/", 403, "403 Forbidden\n"},
      {"nothing", "/nothing", 404, "404 Not Found\n"},
      {"no folder", "/nothing/", 404, "404 Not Found\n"},
      {"a file as a folder", "/a.txt/", 404, "404 Not Found\n"},
      {"something in a file", "/a.txt/b", 404, "404 Not Found\n"},
      {"dots that lead out", "/../a.txt", 400, "400 Bad Request\n"},
      {"encoded dots that lead out", "/%2e%2e/%2E%2E/etc/passwd", 400, "400 Bad Request\n"},
      {"an encoded slash", "/sub%2Fc.txt", 400, "400 Bad Request\n"},
      {"a NUL", "/a.txt%00", 400, "400 Bad Request\n"},
      {"a link to the outside", "/absolute", 403, "403 Forbidden\n"},
      {"a link with dots to the outside", "/sub/outside", 403, "403 Forbidden\n"},
      {"a link by way of /proc", "/magic", 403, "403 Forbidden\n"},
      {"a link to itself", "/round", 404, "404 Not Found\n"},
      {"a FIFO, without waiting for its writer", "/fifo", 403, "403 Forbidden\n"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const Response response = site.ask("GET", row.path);
      BOOST_TEST(response.status == row.status);
      BOOST_TEST(body_of(response) == row.body);
    }
  BOOST_TEST(site.ask("GET", "/" + std::string(300, 'x')).status == 414);
  BOOST_TEST(site.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_file_comes_with_type_tag_date_and_ranges) {
  Site site;
  site.write("a.txt", "hello\n");
  const Response response = site.ask("GET", "/a.txt");
  BOOST_TEST(field_of(response, "Content-Type") == "text/plain; charset=utf-8");
  BOOST_TEST(field_of(response, "Accept-Ranges") == "bytes");
  BOOST_TEST(field_of(response, "ETag").size() > 10U);
  const std::time_t now = std::time(nullptr);
  const auto modified = parse_date(field_of(response, "Last-Modified"), now);
  BOOST_TEST_REQUIRE(modified.has_value());
  BOOST_TEST(*modified <= now);
}

BOOST_AUTO_TEST_CASE(a_file_from_the_future_is_dated_now) {
  Site site;
  site.write("a.txt", "hello\n");
  std::filesystem::last_write_time(
      site.path("a.txt"), std::filesystem::file_time_type::clock::now() + std::chrono::hours{1});
  const auto modified = parse_date(field_of(site.ask("GET", "/a.txt"), "Last-Modified"), 0);
  BOOST_TEST(modified.value_or(0) <= std::time(nullptr));
}

BOOST_AUTO_TEST_CASE(a_small_file_is_copied_and_a_large_one_is_named) {
  Site site;
  const std::string small(copied_max, 's');
  const std::string large(copied_max + 1, 'l');
  site.write("small", small);
  site.write("large", large);
  site.write("empty", "");
  BOOST_TEST(std::get<std::string>(site.ask("GET", "/small").body) == small);
  BOOST_TEST(std::get<std::string>(site.ask("GET", "/empty").body) == "");
  const Response response = site.ask("GET", "/large");
  BOOST_TEST(std::get<BodyParts>(response.body).size() == 1U);
  BOOST_TEST(body_of(response) == large);
}

BOOST_AUTO_TEST_CASE(head_tells_the_size_without_reading) {
  Site site;
  site.write("a.txt", "hello\n");
  const Response response = site.ask("HEAD", "/a.txt");
  BOOST_TEST(response.status == 200);
  const auto& parts = std::get<BodyParts>(response.body);
  BOOST_TEST(std::get<FileRange>(parts.at(0)).size == 6U);
  BOOST_TEST(site.ask("HEAD", "/nothing").status == 404);
}

BOOST_AUTO_TEST_CASE(a_folder_is_found_by_its_slash_and_never_on_another_server) {
  Site site;
  site.write("a b/c", "");
  site.write("host/c", "");
  BOOST_TEST(field_of(site.ask("GET", "/a%20b?x=%20"), "Location") == "/a%20b/?x=%20");
  BOOST_TEST(field_of(site.ask("GET", "//host"), "Location") == "/host/");
  BOOST_TEST(field_of(site.ask("GET", "/a%20b/../host"), "Location") == "/host/");
}

BOOST_AUTO_TEST_CASE(a_client_that_has_it_is_told_so) {
  Site site;
  site.write("a.txt", "hello\n");
  const std::string tag = field_of(site.ask("GET", "/a.txt"), "ETag");
  const Response same = site.ask("GET", "/a.txt", {{"If-None-Match", tag}});
  BOOST_TEST(same.status == 304);
  BOOST_TEST(field_of(same, "ETag") == tag);
  BOOST_TEST(body_of(same) == "");
  BOOST_TEST(site.ask("GET", "/a.txt", {{"If-Match", "\"other\""}}).status == 412);
  site.write("a.txt", "world, too\n");
  BOOST_TEST(site.ask("GET", "/a.txt", {{"If-None-Match", tag}}).status == 200);
}

BOOST_AUTO_TEST_CASE(parts_of_a_file_are_sent_as_asked_for) {
  Site site;
  site.write("a.txt", "0123456789");
  const std::string tag = field_of(site.ask("GET", "/a.txt"), "ETag");
  const struct {
    const char* name;
    const char* method;
    std::vector<FieldView> fields;
    int status;
    const char* range;
    const char* body;
  } rows[] = {
      {"one", "GET", {{"Range", "bytes=2-4"}}, 206, "bytes 2-4/10", "234"},
      {"to the end", "GET", {{"Range", "bytes=8-"}}, 206, "bytes 8-9/10", "89"},
      {"of the same file",
       "GET",
       {{"Range", "bytes=0-0"}, {"If-Range", tag}},
       206,
       "bytes 0-0/10",
       "0"},
      {"of another", "GET", {{"Range", "bytes=0-0"}, {"If-Range", "\"x\""}}, 200, "", "0123456789"},
      {"none", "GET", {{"Range", "bytes=10-"}}, 416, "bytes */10", "416 Range Not Satisfiable\n"},
      {"nonsense", "GET", {{"Range", "bytes=x"}}, 200, "", "0123456789"},
      {"too many overlapping", "GET", {{"Range", "bytes=0-,0-,0-"}}, 200, "", "0123456789"},
      {"not of a HEAD", "HEAD", {{"Range", "bytes=2-4"}}, 200, "", "0123456789"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const Response response = site.ask(row.method, "/a.txt", row.fields);
      BOOST_TEST(response.status == row.status);
      BOOST_TEST(field_of(response, "Content-Range") == row.range);
      BOOST_TEST(body_of(response) == row.body);
    }
}

BOOST_AUTO_TEST_CASE(several_parts_come_in_one_body) {
  Site site;
  site.write("a.txt", "0123456789");
  const Response response = site.ask("GET", "/a.txt", {{"Range", "bytes=8-9,0-1"}});
  BOOST_TEST(response.status == 206);
  const std::string type = field_of(response, "Content-Type");
  constexpr std::string_view begin = "multipart/byteranges; boundary=";
  BOOST_TEST_REQUIRE(type.starts_with(begin));
  const std::string boundary = type.substr(begin.size());
  BOOST_TEST(boundary.size() <= 70U);  // RFC 2046, section 5.1.1.
  BOOST_TEST(field_of(response, "Content-Range") == "");
  BOOST_TEST(body_of(response) ==
             "--" + boundary +
                 "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 8-9/10\r\n"
                 "\r\n89\r\n--" +
                 boundary +
                 "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/10\r\n"
                 "\r\n01\r\n--" +
                 boundary + "--\r\n");
}

BOOST_AUTO_TEST_CASE(a_compressed_sibling_goes_to_those_who_take_it) {
  using namespace std::chrono_literals;
  Site site;
  const std::string plain(5000, 'p');
  site.write("a.txt", plain);
  site.write("a.txt.gz", "packed");
  site.write("old.txt.gz", "packed");
  site.write("old.txt", plain);
  std::filesystem::last_write_time(site.path("old.txt.gz"),
                                   std::filesystem::last_write_time(site.path("old.txt")) - 1s);
  site.write("small.txt", "small");
  site.write("small.txt.gz", "packed");
  site.write("folder.txt", plain);
  site.write("folder.txt.gz/x", "");
  const struct {
    const char* name;
    const char* path;
    std::vector<FieldView> fields;
    std::string body;
    const char* encoding;
    const char* vary;
  } rows[] = {
      {"taken", "/a.txt", {{"Accept-Encoding", "gzip"}}, "packed", "gzip", "Accept-Encoding"},
      {"not taken", "/a.txt", {}, plain, "", "Accept-Encoding"},
      {"refused", "/a.txt", {{"Accept-Encoding", "gzip;q=0"}}, plain, "", "Accept-Encoding"},
      {"older than the file",
       "/old.txt",
       {{"Accept-Encoding", "gzip"}},
       plain,
       "",
       "Accept-Encoding"},
      {"not worth it", "/small.txt", {{"Accept-Encoding", "gzip"}}, "small", "", ""},
      {"a folder of that name",
       "/folder.txt",
       {{"Accept-Encoding", "gzip"}},
       plain,
       "",
       "Accept-Encoding"},
      {"asked for itself", "/a.txt.gz", {{"Accept-Encoding", "gzip"}}, "packed", "", ""},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const Response response = site.ask("GET", row.path, row.fields);
      BOOST_TEST(body_of(response) == row.body);
      BOOST_TEST(field_of(response, "Content-Encoding") == row.encoding);
      BOOST_TEST(field_of(response, "Vary") == row.vary);
    }
  const Response packed = site.ask("GET", "/a.txt", {{"Accept-Encoding", "gzip"}});
  const std::string tag = field_of(packed, "ETag");
  BOOST_TEST(field_of(packed, "Content-Type") == "text/plain; charset=utf-8");
  BOOST_TEST(tag != field_of(site.ask("GET", "/a.txt"), "ETag"));
  BOOST_TEST(site.ask("GET", "/a.txt", {{"If-None-Match", tag}}).status == 200);
  const Response same =
      site.ask("GET", "/a.txt", {{"If-None-Match", tag}, {"Accept-Encoding", "gzip"}});
  BOOST_TEST(same.status == 304);
  BOOST_TEST(field_of(same, "Vary") == "Accept-Encoding");
}

BOOST_AUTO_TEST_CASE(only_the_methods_it_has_are_admitted) {
  Site site;
  Site writable({.writable = true});
  for (const char* const method : {"PUT", "DELETE", "POST", "PATCH"}) {
    const Response response = site.ask(method, "/a.txt");
    BOOST_TEST(response.status == 405, method);
    BOOST_TEST(field_of(response, "Allow") == "GET, HEAD, OPTIONS");
  }
  for (const char* const method : {"POST", "PATCH"}) {
    const Response response = writable.ask(method, "/a.txt");
    BOOST_TEST(response.status == 405, method);
    BOOST_TEST(field_of(response, "Allow") == "GET, HEAD, PUT, DELETE, OPTIONS");
  }
  for (const char* const path : {"/a.txt", "*"}) {
    const Response options = site.ask("OPTIONS", path);
    BOOST_TEST(options.status == 204);
    BOOST_TEST(field_of(options, "Allow") == "GET, HEAD, OPTIONS");
    BOOST_TEST(body_of(options) == "");
  }
}

BOOST_AUTO_TEST_CASE(what_is_the_machines_fault_is_noted) {
  Site site;
  site.write("a.txt", "hello\n");
  int status = 0;
  {
    const NoDescriptors none;
    status = site.ask("GET", "/a.txt").status;
  }
  BOOST_TEST(status == 503);
  BOOST_TEST_REQUIRE(site.notes.size() == 1U);
  BOOST_TEST(site.notes[0] == "files: /a.txt: openat2: Too many open files");
}

BOOST_AUTO_TEST_CASE(a_root_that_is_gone_keeps_the_worker_from_starting) {
  FilesHandler handler({.root = "/nowhere/at/all", .types = nullptr});
  BOOST_CHECK_THROW(handler.on_start({.slot = 0, .pid = 1, .note = {}}), std::system_error);
}

BOOST_AUTO_TEST_CASE(a_root_that_is_moved_is_still_the_root) {
  Site site;
  site.write("a.txt", "hello\n");
  const std::string root = std::filesystem::path(site.path("")).parent_path();
  std::filesystem::rename(root, root + "-moved");
  BOOST_TEST(body_of(site.ask("GET", "/a.txt")) == "hello\n");
  std::filesystem::rename(root + "-moved", root);
}

BOOST_AUTO_TEST_SUITE_END()
