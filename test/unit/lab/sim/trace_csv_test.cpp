#include "lab/sim/trace_csv.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(trace_csv)

namespace {

using Trace = std::vector<Arrival>;

std::variant<Trace, TraceError> parse(std::string_view text) {
  return parse_trace(text, {.service = 2s}, 1);
}

}  // namespace

BOOST_AUTO_TEST_CASE(arrivals_are_read_in_whatever_form_they_are_written) {
  const Trace two{{250ms, 2s}, {1s, 500ms}};
  const struct {
    const char* name;
    const char* text;
    Trace want;
  } rows[] = {
      {"plain", "0.25\n1,0.5\n", two},
      {"no line break at the end", "0.25\n1,0.5", two},
      {"CRLF and blanks", " 0.25 \r\n1 , 0.5\r\n", two},
      {"a heading", "time,service\n0.25\n1,0.5\n", two},
      {"empty lines", "\n0.25\n\n1,0.5\n\n", two},
      {"out of order", "1,0.5\n0.25\n", two},
      {"at the same time, in the order of the file", "1,0.5\n1\n", {{1s, 500ms}, {1s, 2s}}},
      {"nothing", "", {}},
      {"a heading only", "time\n", {}},
      {"to the nanosecond", "0.123456789,0\n", {{123456789ns, 0s}}},
      {"a whole day", "86400\n", {{24h, 2s}}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const auto parsed = parse(row.text);
    BOOST_REQUIRE(std::holds_alternative<Trace>(parsed));
    BOOST_TEST((std::get<Trace>(parsed) == row.want));
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_arrival_is_refused_with_its_line) {
  const struct {
    const char* name;
    const char* text;
    unsigned line;
    const char* want;  // Part of the message.
  } rows[] = {
      {"a word", "0.25\nsoon\n", 2, "'soon' is not an arrival time in seconds"},
      {"a second heading", "time\nother\n", 2, "'other'"},
      {"a unit", "250ms\n", 1, "'250ms'"},
      {"negative", "-1\n", 1, "'-1'"},
      {"too late", "86401\n", 1, "from 0 to 86400"},
      {"not a number", "1\nnan\n", 2, "'nan'"},
      {"infinite", "1\ninf\n", 2, "'inf'"},
      {"an exponent", "1e3\n", 1, "'1e3'"},
      {"no arrival", ",1\n", 1, "'' is not an arrival time"},
      {"no service", "1,\n", 1, "'' is not a service time"},
      {"a bad service", "1\n2,x\n", 2, "'x' is not a service time in seconds"},
      {"three fields", "1,2,3\n", 1, "more than two fields"},
      {"bytes of all kinds", "1\n\x01\xff\n", 2, "'\\x01\\xff'"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    const auto parsed = parse(row.text);
    BOOST_REQUIRE(std::holds_alternative<TraceError>(parsed));
    const TraceError& error = std::get<TraceError>(parsed);
    BOOST_TEST(error.line == row.line);
    BOOST_TEST(error.text.find(row.want) != std::string::npos, error.text);
  }
}

BOOST_AUTO_TEST_CASE(services_that_the_file_leaves_out_are_drawn_from_the_seed) {
  const TraceOptions drawn{.service = 2s, .exponential_service = true};
  const auto trace = std::get<Trace>(parse_trace("1\n2\n3,5\n", drawn, 1));
  BOOST_TEST((trace == std::get<Trace>(parse_trace("1\n2\n3,5\n", drawn, 1))));
  BOOST_TEST((trace != std::get<Trace>(parse_trace("1\n2\n3,5\n", drawn, 2))));
  BOOST_TEST((trace[2].service == 5s));
}

BOOST_AUTO_TEST_SUITE_END()
