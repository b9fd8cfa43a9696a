// The small parts of which a session is made, one by one.

#include <boost/test/unit_test.hpp>

#include "http/body_reader.hpp"
#include "http/chunk_line.hpp"
#include "http/date.hpp"
#include "http/field.hpp"
#include "http/host.hpp"
#include "http/input_buffer.hpp"
#include "http/status.hpp"
#include "http/target.hpp"

BOOST_AUTO_TEST_SUITE(http_parts)

BOOST_AUTO_TEST_CASE(a_date_has_the_form_of_imf_fixdate) {
  const struct {
    std::time_t time;
    std::string_view text;
  } rows[]{
      {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
      {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
      {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
      {1709251199, "Thu, 29 Feb 2024 23:59:59 GMT"},
      {4102444799, "Thu, 31 Dec 2099 23:59:59 GMT"},
      {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
      {std::numeric_limits<std::time_t>::max(), "Fri, 31 Dec 9999 23:59:59 GMT"},
      {std::numeric_limits<std::time_t>::min(), "Sat, 01 Jan 0000 00:00:00 GMT"},
  };
  brood::DateCache cache;
  for (const auto& row : rows) {
    const brood::DateText text = brood::format_date(row.time);
    BOOST_TEST(std::string_view(text.data(), text.size()) == row.text);
    BOOST_TEST(cache.at(row.time) == row.text);
    BOOST_TEST(cache.at(row.time) == row.text);
  }
}

BOOST_AUTO_TEST_CASE(hosts_are_told_from_what_is_none) {
  for (const std::string_view good :
       {"a", "a.b-c_d", "1.2.3.4", "a:80", "a:", "a:65535", "a%20b", "[::]", "[::1]", "[1::]:80",
        "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[fe80::1:2]",
        "[::ffff:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]"})
    BOOST_TEST(brood::is_host_and_port(good), good);
  for (const std::string_view bad : {"",
                                     ":",
                                     ":80",
                                     "a:b",
                                     "a:-1",
                                     "a:65536",
                                     "a:99999999999",
                                     "a b",
                                     "a/b",
                                     "a,b",
                                     "a@b",
                                     "a?b",
                                     "a%",
                                     "a%2",
                                     "a%zz",
                                     "[",
                                     "[]",
                                     "[:]",
                                     "[:::]",
                                     "[::1",
                                     "::1",
                                     "[1]",
                                     "[::1]x",
                                     "[::1]:x",
                                     "[1:2:3:4:5:6:7]",
                                     "[1:2:3:4:5:6:7:8:9]",
                                     "[1::2::3]",
                                     "[12345::]",
                                     "[::g]",
                                     "[1:2:3:4:5:6:7:8::]",
                                     "[::1.2.3]",
                                     "[::1.2.3.4.5]",
                                     "[::1.2.3.256]",
                                     "[::01.2.3.4]",
                                     "[1.2.3.4::]",
                                     "[:1:2:3:4:5:6:7]",
                                     "[fe80::1%25eth0]",
                                     "[v1.a]"})
    BOOST_TEST(!brood::is_host_and_port(bad), bad);
}

BOOST_AUTO_TEST_CASE(targets_are_split) {
  using Form = brood::Target::Form;
  const struct {
    std::string_view text;
    bool is_options;
    Form form;
    std::string_view authority, path, query;
  } rows[]{
      {"/", false, Form::origin, "", "/", ""},
      {"/a/b?c=d?e", false, Form::origin, "", "/a/b", "c=d?e"},
      {"//a", false, Form::origin, "", "//a", ""},
      {"/?", false, Form::origin, "", "/", ""},
      {"/a;b=c@d:e,f|g", false, Form::origin, "", "/a;b=c@d:e,f|g", ""},
      {"http://a", false, Form::absolute, "a", "/", ""},
      {"http://a?b", false, Form::absolute, "a", "/", "b"},
      {"hTTp://a:1/b?c", false, Form::absolute, "a:1", "/b", "c"},
      {"*", true, Form::asterisk, "", "*", ""},
      {"http://a", true, Form::absolute, "a", "*", ""},
      {"http://a/", true, Form::absolute, "a", "/", ""},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.text);
    brood::Target target;
    BOOST_TEST(brood::parse_target(row.text, row.is_options, target).status == 0);
    BOOST_TEST((target.form == row.form));
    BOOST_TEST(target.authority == row.authority);
    BOOST_TEST(target.path == row.path);
    BOOST_TEST(target.query == row.query);
  }
}

BOOST_AUTO_TEST_CASE(a_chunk_line_is_known_as_soon_as_it_is_whole) {
  using State = brood::ChunkLine::State;
  const std::string_view line = "00Fe ; a = \"b\\\"\" ;c=d\r\n";
  for (std::size_t size = 0; size < line.size(); ++size)
    BOOST_TEST((brood::read_chunk_line(line.substr(0, size)).state == State::need_bytes));
  const brood::ChunkLine read = brood::read_chunk_line(std::string(line) + "data");
  BOOST_TEST((read.state == State::whole));
  BOOST_TEST(read.chunk_size == 0xfeu);
  BOOST_TEST(read.line_size == line.size());
  BOOST_TEST((brood::read_chunk_line(std::string(1023, '0')).state == State::malformed));
}

BOOST_AUTO_TEST_CASE(small_chunks_come_in_one_piece_as_far_as_they_are_here) {
  const auto pieces = [](std::string wire, std::uint64_t size_max = 1'000'000) {
    brood::BodyReader reader;
    reader.start_chunked({.max_body_bytes = size_max});
    std::span<char> input = wire;
    std::string_view piece;
    std::vector<std::string> all;
    while (reader.resume(input, piece) == brood::BodyReader::Step::piece) all.emplace_back(piece);
    return all;
  };
  using Pieces = std::vector<std::string>;
  const std::string large(5000, 'x');
  BOOST_TEST((pieces("1\r\na\r\n2;e=1\r\nbc\r\n1\r\nd\r\n0\r\n\r\n") == Pieces{"abcd"}));
  BOOST_TEST((pieces("1\r\na\r\n1\r\nb\r\n3\r\ncd") == Pieces{"ab", "cd"}));
  BOOST_TEST((pieces("1\r\na\r\n1\r\nb\rX1") == Pieces{"ab"}));
  BOOST_TEST((pieces("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n", 2) == Pieces{"ab"}));
  BOOST_TEST((pieces("1\r\na\r\n1388\r\n" + large + "\r\n1\r\nb\r\n") == Pieces{"a", large + "b"}));
}

BOOST_AUTO_TEST_CASE(lists_are_taken_apart) {
  std::optional<std::string_view> list = " a ,,\tb";
  BOOST_TEST(brood::next_element(list).value() == "a");
  BOOST_TEST(brood::next_element(list).value() == "");
  BOOST_TEST(brood::next_element(list).value() == "b");
  BOOST_TEST(!brood::next_element(list).has_value());
}

BOOST_AUTO_TEST_CASE(empty_elements_of_a_list_are_passed_over) {
  std::string_view list = " ,, a\t,\t, b c ,,d";
  for (const char* const want : {"a", "b c", "d"})
    BOOST_TEST(brood::next_element_of(list).value() == want);
  BOOST_TEST(!brood::next_element_of(list).has_value());
  BOOST_TEST(!brood::next_element_of(list = ",, ,").has_value());
}

BOOST_AUTO_TEST_CASE(a_status_has_its_phrase_or_none) {
  BOOST_TEST(brood::reason_phrase(200) == "OK");
  BOOST_TEST(brood::reason_phrase(431) == "Request Header Fields Too Large");
  BOOST_TEST(brood::reason_phrase(299) == "");
}

BOOST_AUTO_TEST_CASE(pinned_bytes_stay_where_they_are) {
  brood::InputBuffer buffer{16};
  const auto fill = [&buffer](std::string_view bytes) {
    std::copy(bytes.begin(), bytes.end(), buffer.space().begin());
    buffer.received(bytes.size());
  };
  BOOST_TEST(buffer.unread().empty());
  fill("xxHEADabc");
  buffer.consume(6);
  const std::string_view head{buffer.unread().data() - 4, 4};
  buffer.pin();
  buffer.consume(2);
  BOOST_TEST(buffer.space().size() == 9u);
  BOOST_TEST(buffer.unread() == "c");
  fill("defghijkl");
  BOOST_TEST(head == "HEAD");
  BOOST_TEST(buffer.unread() == "cdefghijkl");
  buffer.unpin();
  BOOST_TEST(buffer.space().size() == 6u);
  BOOST_TEST(buffer.unread() == "cdefghijkl");
  buffer.consume(10);
  BOOST_TEST(buffer.space().size() == 16u);
}

BOOST_AUTO_TEST_SUITE_END()
