#include "serve/handlers/cgi_redirect.hpp"

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_SUITE(cgi_redirect)

namespace {

using namespace brood;

CgiHead head_of(std::string_view text) {
  CgiHead head;
  CgiHeadReader reader{SessionLimits{}};
  BOOST_TEST_REQUIRE((reader.resume(text, head) == CgiHeadReader::Step::whole));
  return head;
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_a_path_alone_is_answered_by_this_server_itself) {
  const struct {
    const char* name;
    const char* head;
    bool want;
  } rows[] = {
      {"a path", "Location: /a\n\n", true},
      {"a path with a query", "Location: /a?b\n\n", true},
      {"another server", "Location: http://a/b\n\n", false},
      {"another server without its scheme", "Location: //a/b\n\n", false},
      {"a relative path", "Location: a\n\n", false},
      {"with a status", "Status: 303 See Other\nLocation: /a\n\n", false},
      {"with a cookie", "Location: /a\nSet-Cookie: b\n\n", false},
      {"with a body", "Location: /a\nContent-Length: 3\n\n", false},
      {"no redirect", "Content-Type: text/plain\n\n", false},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(is_local_redirect(head_of(row.head)) == row.want);
}

BOOST_AUTO_TEST_CASE(a_redirected_request_asks_for_the_new_path_without_a_body) {
  const std::vector<FieldView> sent{{"Accept", "a"},
                                    {"content-type", "b"},
                                    {"Content-Length", "3"},
                                    {"Content-Encoding", "gzip"},
                                    {"Transfer-Encoding", "c"},
                                    {"Cookie", "d"}};
  const Request request{.method = "POST",
                        .target = "/old?x",
                        .path = "/old",
                        .query = "x",
                        .host = "h",
                        .fields = sent,
                        .body = {.bytes = "abc", .file = 9, .size = 3}};
  std::vector<FieldView> fields;
  const auto asked = redirected(request, "/new/%41?y=1", fields);
  BOOST_TEST_REQUIRE(asked.has_value());
  BOOST_TEST(asked->method == "GET");
  BOOST_TEST(asked->target == "/new/%41?y=1");
  BOOST_TEST(asked->path == "/new/%41");
  BOOST_TEST(asked->query == "y=1");
  BOOST_TEST(asked->host == "h");
  BOOST_TEST(asked->body.size == 0u);
  BOOST_TEST(asked->body.file == -1);
  BOOST_TEST_REQUIRE(asked->fields.size() == 2u);
  BOOST_TEST(asked->fields[0].name == "Accept");
  BOOST_TEST(asked->fields[1].name == "Cookie");
}

BOOST_AUTO_TEST_CASE(a_head_request_stays_one) {
  std::vector<FieldView> fields;
  BOOST_TEST(redirected({.method = "HEAD"}, "/a", fields)->method == "HEAD");
}

BOOST_AUTO_TEST_CASE(what_is_no_path_is_not_asked_for) {
  std::vector<FieldView> fields;
  for (const char* location : {"", "a", "http://a/", "*", "/a b", "/%zz", "/a#b"})
    BOOST_TEST(!redirected({.method = "GET"}, location, fields), location);
}

BOOST_AUTO_TEST_SUITE_END()
