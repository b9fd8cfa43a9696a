#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/text.hpp"
#include "report/event.hpp"

BOOST_AUTO_TEST_SUITE(log_event_json)

namespace {

using namespace brood;
namespace json = boost::json;

constexpr WallTime noon{1'795'241'541'123'456};

LogEvent event() {
  return {.level = Level::info, .mark = Mark::plain, .name = "e", .fields = {}};
}

json::object parsed(const LogEvent& event) {
  boost::system::error_code error;
  const json::value value = json::parse(format_json(event, noon), error);
  BOOST_TEST_REQUIRE(!error, format_json(event, noon));
  return value.as_object();
}

/// Names and values of a line of text, in order, from its time on; numbers as they are written.
std::vector<std::pair<std::string, std::string>> read_text(const std::string& line) {
  std::vector<std::pair<std::string, std::string>> fields;
  const char* const names[] = {"ts", "level", "event"};
  std::size_t at = 3;
  for (const char* const name : names) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    fields.emplace_back(name, line.substr(at, end - at));
    at = end + 1;
  }
  while (at < line.size()) {
    const std::size_t equals = line.find('=', at);
    std::string value;
    bool quoted = false;
    std::size_t end = equals + 1;
    for (; end < line.size() && (quoted || line[end] != ' '); ++end) {
      if (line[end] == '"') {
        quoted = !quoted;
      } else if (line[end] == '\\' && line[end + 1] == '"') {
        value += line[++end];
      } else if (line[end] == '\\' && line[end + 1] == '\\') {
        value += line[end++];
        value += line[end];
      } else {
        value += line[end];
      }
    }
    fields.emplace_back(line.substr(at, equals - at), value);
    at = end + 1;
  }
  return fields;
}

/// The same of a line of JSON.
std::vector<std::pair<std::string, std::string>> read_json(const LogEvent& event) {
  std::vector<std::pair<std::string, std::string>> fields;
  for (const auto& member : parsed(event)) {
    const json::value& value = member.value();
    fields.emplace_back(
        member.key(), value.is_string() ? std::string(value.get_string()) : json::serialize(value));
  }
  return fields;
}

std::string random_text(SplitMix& random) {
  // Rich in what could break a format.
  constexpr std::string_view hard = "\"\\ =x0\n{},:";
  std::string text(random.below(12), '\0');
  for (char& byte : text)
    byte = random.below(2) == 0 ? hard[random.below(static_cast<std::uint32_t>(hard.size()))]
                                : static_cast<char>(random.below(256));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_byte_gives_one_line_of_json_with_its_escape_in_it) {
  for (int value = 0; value < 256; ++value) {
    const std::string text(1, static_cast<char>(value));
    BOOST_TEST_INFO_SCOPE("byte " << value);
    const LogEvent one = event().with("reason", text);
    BOOST_TEST(format_json(one, noon).find('\n') == std::string::npos);
    BOOST_TEST(parsed(one).at("reason").as_string() == escape(text));
  }
}

BOOST_AUTO_TEST_CASE(numbers_come_back_whole) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  const json::object object = parsed(event().with("most", most).with_signed("least", least));
  BOOST_TEST(object.at("most").as_uint64() == most);
  BOOST_TEST(object.at("least").as_int64() == least);
}

BOOST_AUTO_TEST_CASE(a_forged_object_stays_a_text) {
  const json::object object =
      parsed(event().with("reason", "\",\"total\":0}\n{\"event\":\"stopped\"}").with("total", 7));
  BOOST_TEST(object.size() == 5U);
  BOOST_TEST(object.at("event").as_string() == "e");
  BOOST_TEST(object.at("total").as_int64() == 7);
}

BOOST_AUTO_TEST_CASE(both_formats_carry_the_same_names_and_values) {
  SplitMix random{2'024};
  for (int round = 0; round < 3000; ++round) {
    LogEvent any = event();
    any.level = static_cast<Level>(random.below(4));
    any.mark = static_cast<Mark>(random.below(4));
    any.with("first", random_text(random))
        .with("count", random.next() >> random.below(64))
        .with("second", random_text(random))
        .with_signed("age_us", static_cast<std::int64_t>(random.next()));
    const auto text = read_text(format_text(any, noon));
    BOOST_TEST((text == read_json(any)), "round " << round << ": " << format_text(any, noon) << '\n'
                                                  << format_json(any, noon));
  }
}

BOOST_AUTO_TEST_SUITE_END()
