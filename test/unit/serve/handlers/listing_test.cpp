#include "serve/handlers/listing.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "unit/serve/handlers/site.hpp"

BOOST_AUTO_TEST_SUITE(listing)

namespace {

using namespace brood;
using namespace brood::test;

FileFacts file_of(std::uint64_t size) {
  return {.modified_ns = 784'111'777'000'000'000, .size = size};
}

std::string page_of(std::string_view names, std::vector<ListedEntry> entries) {
  return render_listing(names, std::move(entries));
}

bool has(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_folder_is_shown_with_what_may_be_asked_for) {
  Site site({.listing = true});
  site.write("sub/b.txt", "hello");
  site.write("sub/a.txt", "hi");
  site.write("sub/z/x", "");
  site.write("sub/.hidden", "");
  std::filesystem::create_symlink("/etc/passwd", site.path("sub/outside"));
  std::filesystem::create_symlink("a.txt", site.path("sub/inside"));
  ::mkfifo(site.path("sub/fifo").c_str(), 0600);
  const Response response = site.ask("GET", "/sub/");
  BOOST_TEST(response.status == 200);
  BOOST_TEST(field_of(response, "Content-Type") == "text/html; charset=utf-8");
  const std::string page = body_of(response);
  std::size_t at = 0;
  for (const char* const link :
       {"href=\"../\"", "href=\"z/\"", "href=\"a.txt\"", "href=\"b.txt\"", "href=\"inside\""}) {
    const std::size_t found = page.find(link);
    BOOST_TEST_REQUIRE(found != std::string::npos, link);
    BOOST_TEST(found > at, link);
    at = found;
  }
  for (const char* const name : {"hidden", "outside", "fifo"}) BOOST_TEST(!has(page, name), name);
  BOOST_TEST(!has(body_of(site.ask("GET", "/")), "../"));
  BOOST_TEST(site.ask("GET", "/nothing/").status == 404);
}

BOOST_AUTO_TEST_CASE(names_cannot_break_the_page) {
  const std::string name = "<b>\"'&:?#%\n";
  const std::string page = page_of("a<&/", {{.name = name, .facts = file_of(1)}});
  BOOST_TEST(has(page,
                 "<a href=\"%3Cb%3E%22%27%26%3A%3F%23%25%0A\">"
                 "&lt;b&gt;&quot;&#39;&amp;:?#%\n</a>"));
  BOOST_TEST(has(page, "<title>/a&lt;&amp;/</title>"));
  BOOST_TEST(!has(page, "<b>"));
}

BOOST_AUTO_TEST_CASE(sizes_and_times_are_for_people) {
  const struct {
    std::uint64_t size;
    const char* want;
  } rows[] = {
      {0, "0"},       {1023, "1023"},       {1024, "1.0k"},      {1536, "1.5k"},
      {10189, "10k"}, {1'048'063, "1023k"}, {1'048'064, "1.0M"}, {1ULL << 30, "1.0G"},
      {~0ULL, "16E"},
  };
  for (const auto& row : rows) {
    const std::string page = page_of("", {{.name = "a", .facts = file_of(row.size)}});
    BOOST_TEST(has(page, "<td>" + std::string(row.want) + "<td>1994-11-06 08:49\n"), row.want);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_too_full_is_cut_and_says_so) {
  std::vector<ListedEntry> entries(listed_max, {.name = "a", .facts = file_of(1)});
  BOOST_TEST(!has(page_of("", entries), "more than can be shown"));
  entries.push_back(entries.front());
  BOOST_TEST(has(page_of("", entries), "more than can be shown"));
}

BOOST_AUTO_TEST_SUITE_END()
