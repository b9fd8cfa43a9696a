#include "serve/handlers/file_storage.hpp"

#include <sys/file.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "unit/serve/handlers/site.hpp"

BOOST_AUTO_TEST_SUITE(file_storage)

namespace {

using namespace brood;
using namespace brood::test;
using Names = std::vector<std::string>;

unsigned mode_of(const std::string& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777U;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_file_is_created_and_an_old_one_replaced) {
  Site site({.writable = true});
  const Response created = site.ask("PUT", "/a.txt", {}, "one");
  BOOST_TEST(created.status == 201);
  BOOST_TEST(site.content("a.txt") == "one");
  BOOST_TEST(field_of(created, "ETag") == field_of(site.ask("GET", "/a.txt"), "ETag"));
  const Response replaced = site.ask("PUT", "/a.txt", {}, "two");
  BOOST_TEST(replaced.status == 204);
  BOOST_TEST(site.content("a.txt") == "two");
  BOOST_TEST(field_of(replaced, "ETag") == field_of(site.ask("GET", "/a.txt"), "ETag"));
  BOOST_TEST(field_of(replaced, "ETag") != field_of(created, "ETag"));
  BOOST_TEST(site.ask("PUT", "/empty", {}, "").status == 201);
  BOOST_TEST(site.content("empty") == "");
  BOOST_TEST((site.names() == Names{"a.txt", "empty"}));
}

BOOST_AUTO_TEST_CASE(each_put_gets_its_answer) {
  Site site({.writable = true});
  site.write("a.txt", "a");
  site.write("sub/b.txt", "b");
  ::mkfifo(site.path("fifo").c_str(), 0600);
  std::filesystem::create_symlink("/tmp/brood-outside", site.path("outside"));
  std::filesystem::create_symlink("/tmp", site.path("tmp"));
  std::filesystem::create_symlink("nothing at all", site.path("dangling"));
  std::filesystem::create_symlink("nothing at all", site.path("nowhere"));
  const std::string tag = field_of(site.ask("GET", "/a.txt"), "ETag");
  const struct {
    const char* name;
    std::string path;
    std::vector<FieldView> fields;
    int status;
  } rows[] = {
      {"into a folder", "/sub/c.txt", {}, 201},
      {"an encoded name", "/sub/c%20d", {}, 201},
      {"in a folder that is not there", "/nothing/a.txt", {}, 409},
      {"in a folder that is a file", "/a.txt/b", {}, 409},
      {"a folder that is there", "/sub", {}, 409},
      {"a folder by its slash", "/new/", {}, 409},
      {"the root", "/", {}, 409},
      {"a FIFO", "/fifo", {}, 409},
      {"above the root", "/../a.txt", {}, 400},
      {"an encoded slash", "/sub%2Fa.txt", {}, 400},
      {"onto a link that leads out", "/outside", {}, 201},
      {"onto a link that leads nowhere", "/dangling", {}, 201},
      {"if a link leads anywhere, and it does not", "/nowhere", {{"If-Match", "*"}}, 412},
      {"if a link leads nowhere, and it does not", "/nowhere", {{"If-None-Match", "*"}}, 201},
      {"through a link that leads out", "/tmp/brood-outside", {}, 403},
      {"a name that is too long", "/" + std::string(300, 'x'), {}, 414},
      {"only a part", "/a.txt", {{"Content-Range", "bytes 0-2/10"}}, 400},
      {"a coding that would be forgotten", "/a.txt", {{"Content-Encoding", "gzip"}}, 415},
      {"of no coding", "/sub/e", {{"Content-Encoding", "identity"}}, 201},
      {"if it is not there, and it is", "/a.txt", {{"If-None-Match", "*"}}, 412},
      {"if it is not there, and it is not", "/f", {{"If-None-Match", "*"}}, 201},
      {"if it is there, and it is not", "/g", {{"If-Match", "*"}}, 412},
      {"if it is another", "/a.txt", {{"If-Match", "\"other\""}}, 412},
      {"if it is this one", "/a.txt", {{"If-Match", tag}}, 204},
      {"if it still is", "/a.txt", {{"If-Match", tag}}, 412},
  };
  for (const auto& row : rows)
    BOOST_TEST(site.ask("PUT", row.path, row.fields, "new").status == row.status, row.name);
  BOOST_TEST(!std::filesystem::exists("/tmp/brood-outside"));
  for (const char* const name : {"outside", "dangling", "nowhere"}) {
    BOOST_TEST(!std::filesystem::is_symlink(site.path(name)), name);
    BOOST_TEST(site.content(name) == "new", name);
  }
  BOOST_TEST((site.names() ==
              Names{"a.txt", "dangling", "f", "fifo", "nowhere", "outside", "sub", "tmp"}));
  BOOST_TEST((site.names("sub") == Names{"b.txt", "c d", "c.txt", "e"}));
  BOOST_TEST(site.notes.empty());
}

BOOST_AUTO_TEST_CASE(a_body_is_written_where_it_will_stay_and_is_gone_if_nobody_wants_it) {
  Site site({.writable = true});
  const Request request{.method = "PUT", .target = "/a.txt", .path = "/a.txt"};
  const Admission admission = site.handler().admit(request);
  BOOST_TEST(admission.status == 0);
  BOOST_TEST(admission.wants_body);
  BOOST_TEST_REQUIRE(bool{admission.body_file});
  BOOST_TEST(::write(admission.body_file.get(), "half", 4) == 4);
  struct stat file {};
  struct stat folder {};
  ::fstat(admission.body_file.get(), &file);
  ::stat(site.path("").c_str(), &folder);
  BOOST_TEST(file.st_dev == folder.st_dev);
  BOOST_TEST(file.st_nlink == 0U);
  BOOST_TEST(site.names().empty());
}

BOOST_AUTO_TEST_CASE(a_body_from_elsewhere_is_copied) {
  Site site({.writable = true});
  const std::string large(3'000'000, 'x');
  Request request{.method = "PUT", .target = "/a", .path = "/a"};
  request.body = {.bytes = "in memory", .size = 9};
  BOOST_TEST(site.handler().handle(request).status == 201);
  BOOST_TEST(site.content("a") == "in memory");
  site.write("elsewhere", large);
  const UniqueFd elsewhere{::open(site.path("elsewhere").c_str(), O_RDONLY | O_CLOEXEC)};
  request.body = {.bytes = {}, .file = elsewhere.get(), .size = large.size()};
  BOOST_TEST(site.handler().handle(request).status == 204);
  BOOST_TEST((site.content("a") == large));
  request.body.size += 1;  // The body's file has been cut.
  BOOST_TEST(site.handler().handle(request).status == 500);
  BOOST_TEST((site.content("a") == large));
  BOOST_TEST(site.notes.size() == 1U);
  BOOST_TEST((site.names() == Names{"a", "elsewhere"}));
}

BOOST_AUTO_TEST_CASE(conditions_hold_when_the_file_is_placed_and_not_only_before_the_body) {
  Site site({.writable = true});
  const std::vector<FieldView> fields{{"If-None-Match", "*"}};
  Request request{.method = "PUT", .target = "/a", .path = "/a", .fields = fields};
  const Admission admission = site.handler().admit(request);
  BOOST_TEST(admission.status == 0);
  site.write("a", "somebody was faster");
  request.body = {.bytes = {}, .file = admission.body_file.get(), .size = 0};
  BOOST_TEST(site.handler().handle(request).status == 412);
  BOOST_TEST(site.content("a") == "somebody was faster");
}

BOOST_AUTO_TEST_CASE(a_new_file_has_the_umask_and_a_replaced_one_keeps_its_permissions) {
  Site site({.writable = true});
  const mode_t before = ::umask(027);
  site.ask("PUT", "/a", {}, "one");
  ::umask(before);
  BOOST_TEST(mode_of(site.path("a")) == 0640U);
  ::chmod(site.path("a").c_str(), 0604);
  site.ask("PUT", "/a", {}, "two");
  BOOST_TEST(mode_of(site.path("a")) == 0604U);
}

BOOST_AUTO_TEST_CASE(a_link_is_replaced_and_not_what_it_leads_to) {
  Site site({.writable = true});
  site.write("a", "target");
  std::filesystem::create_symlink("a", site.path("link"));
  BOOST_TEST(site.ask("PUT", "/link", {}, "new").status == 204);
  BOOST_TEST(site.content("a") == "target");
  BOOST_TEST(site.content("link") == "new");
  BOOST_TEST(!std::filesystem::is_symlink(site.path("link")));
}

BOOST_AUTO_TEST_CASE(who_has_opened_the_old_file_reads_it_to_its_end) {
  Site site({.writable = true});
  const std::string old(copied_max + 1, 'o');
  site.write("a", old);
  const Response before = site.ask("GET", "/a");
  BOOST_TEST(site.ask("PUT", "/a", {}, "new").status == 204);
  BOOST_TEST(body_of(before) == old);
  BOOST_TEST(body_of(site.ask("GET", "/a")) == "new");
}

BOOST_AUTO_TEST_CASE(each_delete_gets_its_answer) {
  Site site({.writable = true});
  site.write("a", "a");
  site.write("b", "b");
  site.write("sub/c", "c");
  std::filesystem::create_symlink("b", site.path("link"));
  std::filesystem::create_symlink("nothing", site.path("dangling"));
  std::filesystem::create_symlink("/etc/hostname", site.path("outside"));
  const struct {
    const char* name;
    const char* path;
    std::vector<FieldView> fields;
    int status;
  } rows[] = {
      {"if it is another", "/a", {{"If-Match", "\"other\""}}, 412},
      {"a file", "/a", {}, 204},
      {"a file that is gone", "/a", {}, 404},
      {"in a folder that is not there", "/nothing/a", {}, 404},
      {"a folder", "/sub", {}, 409},
      {"a folder by its slash", "/sub/", {}, 409},
      {"the root", "/", {}, 409},
      {"above the root", "/../a", {}, 400},
      {"a link alone", "/link", {}, 204},
      {"a link that leads nowhere", "/dangling", {}, 204},
      {"a link that leads out", "/outside", {}, 204},
  };
  for (const auto& row : rows)
    BOOST_TEST(site.ask("DELETE", row.path, row.fields).status == row.status, row.name);
  BOOST_TEST((site.names() == Names{"b", "sub"}));
}

BOOST_AUTO_TEST_CASE(a_put_makes_the_folders_it_needs_where_that_is_wanted) {
  Site site({.writable = true, .make_folders = true});
  site.write("file", "f");
  std::filesystem::create_symlink("/tmp", site.path("tmp"));
  const struct {
    const char* name;
    const char* path;
    std::vector<FieldView> fields;
    int status;
  } rows[] = {
      {"several", "/a/b/c.jar", {}, 201},
      {"some of them", "/a/d/e.jar", {}, 201},
      {"none", "/a/b/c.jar", {}, 204},
      {"below a file", "/file/a", {}, 409},
      {"far below a file", "/file/a/b/c", {}, 409},
      {"a folder alone", "/x/y/", {}, 409},
      {"through a link that leads out", "/tmp/brood-new-folder/x", {}, 403},
      {"a condition that cannot hold", "/g/h", {{"If-Match", "*"}}, 412},
  };
  for (const auto& row : rows)
    BOOST_TEST(site.ask("PUT", row.path, row.fields, "new").status == row.status, row.name);
  BOOST_TEST(site.content("a/b/c.jar") == "new");
  BOOST_TEST(site.content("a/d/e.jar") == "new");
  BOOST_TEST((site.names() == Names{"a", "file", "tmp"}));
  BOOST_TEST(site.ask("DELETE", "/n/o").status == 404);
  BOOST_TEST(!std::filesystem::exists("/tmp/brood-new-folder"));
}

BOOST_AUTO_TEST_CASE(a_body_for_new_folders_leaves_none_if_it_does_not_come) {
  Site site({.writable = true, .make_folders = true});
  const Request request{.method = "PUT", .target = "/a/b", .path = "/a/b"};
  const Admission admission = site.handler().admit(request);
  BOOST_TEST(admission.status == 0);
  BOOST_TEST(bool{admission.body_file});
  BOOST_TEST(site.names().empty());
}

BOOST_AUTO_TEST_CASE(a_locked_folder_is_not_waited_for_but_asked_for_again) {
  Site site({.writable = true});
  site.write("sub/old", "old");
  const UniqueFd folder{::open(site.path("sub").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  BOOST_TEST(::flock(folder.get(), LOCK_SH) == 0);
  Request put{.method = "PUT", .target = "/sub/new", .path = "/sub/new"};
  Request remove{.method = "DELETE", .target = "/sub/old", .path = "/sub/old"};
  for (Request* const request : {&put, &remove}) {
    const Response later = site.handler().handle(*request);
    BOOST_TEST(later.asks_again);
    BOOST_TEST(later.not_before.count() > 0);
    request->asked_before = 1000;
    BOOST_TEST(site.handler().handle(*request).status == 503);
    request->asked_before = 1;
  }
  BOOST_TEST(site.notes.size() == 2U);
  ::flock(folder.get(), LOCK_UN);
  BOOST_TEST(site.handler().handle(put).status == 201);
  BOOST_TEST(site.handler().handle(remove).status == 204);
}

BOOST_AUTO_TEST_SUITE_END()
