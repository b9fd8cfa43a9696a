#include "control/access_format.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

BOOST_AUTO_TEST_SUITE(access_format)

namespace {

using namespace brood;
using namespace std::chrono_literals;

AccessFormat parsed(std::string_view text) {
  auto format = AccessFormat::parse(text);
  BOOST_TEST_REQUIRE(std::holds_alternative<AccessFormat>(format), text);
  return std::get<AccessFormat>(std::move(format));
}

struct Example {
  std::vector<FieldView> fields{{"Host", "a.example"},
                                {"referer", "http://b.example/"},
                                {"User-Agent", "curl/7 \"\\\x01\xc3\xa9"}};
  RequestHead head;
  AccessEntry entry;

  Example() {
    head.line.method = "GET";
    head.line.target = "/path?a=b";
    head.line.parts.path = "/path";
    head.line.parts.query = "a=b";
    head.host = "a.example";
    head.fields = fields;
    entry = {.head = &head,
             .line = "GET /path?a=b HTTP/1.1",
             .client = "192.0.2.1",
             .status = 200,
             .body_bytes = 12,
             .duration = 1'500'250us,
             .queued = 4ms,
             .at = {1'764'583'200'000'000},
             .clock = "01/Dec/2025:10:00:00 +0000",
             .ended = '-',
             .slot = 7,
             .generation = 2,
             .pid = 99};
  }

  std::string line(std::string_view format) const {
    std::string out;
    parsed(format).write(entry, out);
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_usual_formats_are_those_of_apache) {
  const Example example;
  const std::string common =
      "192.0.2.1 - - [01/Dec/2025:10:00:00 +0000] \"GET /path?a=b HTTP/1.1\" 200 12";
  BOOST_TEST(example.line("common") == common + "\n");
  BOOST_TEST(example.line("combined") ==
             common + " \"http://b.example/\" \"curl/7 \\\"\\\\\\x01\\xc3\\xa9\"\n");
}

BOOST_AUTO_TEST_CASE(each_directive_says_its_part) {
  const struct {
    const char* format;
    const char* text;
  } rows[] = {{"%a", "192.0.2.1"},
              {"%m %U%q %H", "GET /path?a=b HTTP/1.1"},
              {"%s %>s", "200 200"},
              {"%B %b", "12 12"},
              {"%D %{us}T %{ms}T %T %{s}T", "1500250 1500250 1500 1 1"},
              {"%{queue}D", "4000"},
              {"%v", "a.example"},
              {"%P %{pid}P %{slot}P %{generation}P", "99 99 7 2"},
              {"%X", "-"},
              {"%{HOST}i %{Cookie}i", "a.example -"},
              {"100%% of %l%u", "100% of --"}};
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.format);
    BOOST_TEST(Example().line(row.format) == std::string(row.text) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_a_dash) {
  Example example;
  example.entry = {.status = 408, .clock = example.entry.clock};
  BOOST_TEST(example.line("combined") ==
             "- - - [01/Dec/2025:10:00:00 +0000] \"-\" 408 - \"-\" "
             "\"-\"\n");
  BOOST_TEST(example.line("%m %U%q %H %v %{queue}D %B") == "- - - - - 0\n");
}

BOOST_AUTO_TEST_CASE(json_has_the_same_names_as_the_log) {
  const Example example;
  const auto line = boost::json::parse(example.line("json")).as_object();
  BOOST_TEST(line.at("event").as_string() == "access");
  BOOST_TEST(line.at("request").as_string() == "GET /path?a=b HTTP/1.1");
  BOOST_TEST(line.at("user_agent").as_string() == "curl/7 \"\\\\\\x01\\xc3\\xa9");
  for (const auto& [name, value] : {std::pair{"status", 200},
                                    {"bytes_out", 12},
                                    {"slot", 7},
                                    {"queue_us", 4000},
                                    {"total_us", 1'500'250}})
    BOOST_TEST(line.at(name).as_int64() == value, name);
}

BOOST_AUTO_TEST_CASE(a_line_fits_into_a_pipe_whatever_a_client_sends) {
  Example example;
  for (const char byte : {'x', '"', '\x01'}) {
    const std::string large(100'000, byte);
    example.fields[1].value = example.fields[2].value = large;
    example.entry.line = example.entry.client = example.head.host = large;
    example.head.line.method = example.head.line.parts.path = large;
    for (const char* const format : {"combined", "json", "%r %r %r %{Referer}i"}) {
      const std::string line = example.line(format);
      BOOST_TEST(line.size() <= AccessFormat::line_max, format);
      BOOST_TEST(line.find('\n') == line.size() - 1);
      BOOST_TEST(line.size() > 1000U);
    }
    BOOST_TEST(boost::json::parse(example.line("json")).is_object());
  }
}

BOOST_AUTO_TEST_CASE(the_kernel_is_asked_for_the_queue_only_where_it_is_told) {
  BOOST_TEST(!parsed("combined").tells_queue());
  BOOST_TEST(parsed("json").tells_queue());
  BOOST_TEST(parsed("%h %{queue}D").tells_queue());
}

BOOST_AUTO_TEST_CASE(what_is_no_format_is_refused_by_name) {
  const struct {
    const char* format;
    const char* why;
  } rows[] = {{"", "none of common"},    {"apache", "none of common"},
              {"%h %", "ends within %"}, {"%h %{Referer", "ends within %{Referer"},
              {"%h %Z", "%Z"},           {"%{Referer}o", "%{Referer}o"},
              {"%{}i", "%{}i"},          {"%>b", "%>b"}};
  for (const auto& row : rows) {
    const auto format = AccessFormat::parse(row.format);
    const auto* const why = std::get_if<std::string>(&format);
    BOOST_TEST_REQUIRE(why != nullptr, row.format);
    BOOST_TEST(why->find(row.why) != std::string::npos, *why);
  }
}

BOOST_AUTO_TEST_SUITE_END()
