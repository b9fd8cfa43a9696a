#include "report/csv.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace brood;

BOOST_AUTO_TEST_SUITE(csv)

BOOST_AUTO_TEST_CASE(fields_are_quoted_only_where_rfc_4180_asks_for_it) {
  const struct {
    const char* name;
    std::vector<std::string> fields;
    const char* want;
  } rows[] = {
      {"plain", {"1", "in_band", "2.5"}, "1,in_band,2.5\r\n"},
      {"one field", {"x"}, "x\r\n"},
      {"empty fields", {"", "", ""}, ",,\r\n"},
      {"comma", {"a,b", "c"}, "\"a,b\",c\r\n"},
      {"quote", {"say \"hi\""}, "\"say \"\"hi\"\"\"\r\n"},
      {"line breaks", {"a\nb", "c\rd"}, "\"a\nb\",\"c\rd\"\r\n"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.name);
    BOOST_TEST(csv_record(row.fields) == row.want);
  }
}

BOOST_AUTO_TEST_SUITE_END()
