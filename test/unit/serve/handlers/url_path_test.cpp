#include "serve/handlers/url_path.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;

BOOST_AUTO_TEST_SUITE(url_path)

BOOST_AUTO_TEST_CASE(a_path_becomes_names_beneath_the_root) {
  const struct {
    const char* name;
    const char* path;
    const char* want;
  } rows[] = {
      {"the root", "/", ""},
      {"a file", "/a", "a"},
      {"a file in a folder", "/a/b.txt", "a/b.txt"},
      {"a folder", "/a/b/", "a/b/"},
      {"encoded bytes", "/a%20b/%C3%A4%25", "a b/\xC3\xA4%"},
      {"a plus is a plus", "/a+b", "a+b"},
      {"a dot segment", "/a/./b", "a/b"},
      {"a dot segment at the end asks for the folder", "/a/.", "a/"},
      {"up", "/a/../b", "b"},
      {"up at the end asks for the folder", "/a/b/..", "a/"},
      {"up to the root", "/a/..", ""},
      {"encoded up", "/a/%2e%2E/b", "b"},
      {"up through several", "/a/b/c/../../d", "a/d"},
      {"several slashes are one", "//a///b//", "a/b/"},
      {"names that only begin with dots", "/...a/..b", "...a/..b"},
      {"a backslash is a byte like others", "/a%5C..%5Cb", "a\\..\\b"},
      {"encoded only once", "/%252e%252e/a", "%2e%2e/a"},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto names = decode_path(row.path);
      BOOST_TEST_REQUIRE(names.has_value());
      BOOST_TEST(*names == row.want);
    }
}

BOOST_AUTO_TEST_CASE(what_could_mean_another_place_is_refused) {
  const struct {
    const char* name;
    const char* path;
  } rows[] = {
      {"above the root", "/.."},
      {"above the root, encoded", "/%2e%2e/etc/passwd"},
      {"above the root by way of a folder", "/a/../../b"},
      {"an encoded slash", "/a%2Fb"},
      {"an encoded slash in small letters", "/..%2f..%2fetc/passwd"},
      {"a NUL", "/a%00.txt"},
      {"an encoding that is not whole", "/a%2"},
      {"an encoding that is none", "/a%zz"},
      {"an encoding with a sign", "/a%-1"},
      {"no path at all", "*"},
      {"nothing", ""},
  };
  for (const auto& row : rows) BOOST_TEST(!decode_path(row.path).has_value(), row.name);
}

BOOST_AUTO_TEST_CASE(a_folder_is_named_by_its_slash) {
  BOOST_TEST(names_folder(""));
  BOOST_TEST(names_folder("a/"));
  BOOST_TEST(!names_folder("a"));
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_decoded_to_the_same) {
  std::string all = "x";
  for (int byte = 1; byte < 256; ++byte)
    if (byte != '/') all += static_cast<char>(byte);
  BOOST_TEST(decode_path("/" + encode_path(all)).value_or("") == all);
  BOOST_TEST(encode_path("a b/\"<'>&?#:;\r\n") == "a%20b/%22%3C%27%3E%26%3F%23%3A%3B%0D%0A");
}

BOOST_AUTO_TEST_SUITE_END()
