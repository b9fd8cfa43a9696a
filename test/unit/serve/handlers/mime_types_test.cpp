#include "serve/handlers/mime_types.hpp"

#include <boost/test/unit_test.hpp>

using brood::MimeTypes;

BOOST_AUTO_TEST_SUITE(mime_types)

BOOST_AUTO_TEST_CASE(text_has_the_charset_that_is_wanted_or_none) {
  const std::string_view table = "text/html html\nimage/png png\n";
  BOOST_TEST(MimeTypes::parse(table, "latin1").of("a.html") == "text/html; charset=latin1");
  BOOST_TEST(MimeTypes::parse(table, "").of("a.html") == "text/html");
  BOOST_TEST(MimeTypes::parse(table, "latin1").of("a.png") == "image/png");
}

BOOST_AUTO_TEST_CASE(a_name_gets_the_type_of_its_ending) {
  const MimeTypes types = MimeTypes::parse(
      "# a comment\n"
      "\n"
      "application/without-ending\n"
      "text/html\t\t\thtml htm  # and another\n"
      "image/png png\r\n"
      "text/late html\n"
      "no-type txt\n"
      "bad/\x01 bad\n"
      "application/gzip gz");
  const struct {
    const char* name;
    const char* file;
    const char* want;
  } rows[] = {
      {"text has a charset", "index.html", "text/html; charset=utf-8"},
      {"a second ending", "a/b.c/index.htm", "text/html; charset=utf-8"},
      {"any case", "INDEX.HTML", "text/html; charset=utf-8"},
      {"a line that ends as on Windows", "a.png", "image/png"},
      {"the last ending counts", "a.html.gz", "application/gzip"},
      {"a line without a new line", "a.gz", "application/gzip"},
      {"an ending that nobody knows", "a.xyz", "application/octet-stream"},
      {"no ending", "Makefile", "application/octet-stream"},
      {"a dot in the folder alone", "v1.html/Makefile", "application/octet-stream"},
      {"a dot at the end", "a.", "application/octet-stream"},
      {"a line without a type", "a.txt", "application/octet-stream"},
      {"a type that could not be sent", "a.bad", "application/octet-stream"},
      {"nothing", "", "application/octet-stream"},
  };
  for (const auto& row : rows) BOOST_TEST(types.of(row.file) == row.want, row.name);
}

BOOST_AUTO_TEST_CASE(every_machine_knows_what_a_site_is_made_of) {
  const MimeTypes types = MimeTypes::of_system("utf-8");
  BOOST_TEST(types.of("a.html") == "text/html; charset=utf-8");
  BOOST_TEST(types.of("a.css") == "text/css; charset=utf-8");
  BOOST_TEST(types.of("a.png") == "image/png");
  BOOST_TEST(types.of("a.svg") == "image/svg+xml");
}

BOOST_AUTO_TEST_SUITE_END()
