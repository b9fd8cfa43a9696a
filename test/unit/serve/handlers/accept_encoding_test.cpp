#include "serve/handlers/accept_encoding.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace brood;

BOOST_AUTO_TEST_SUITE(accept_encoding)

BOOST_AUTO_TEST_CASE(gzip_is_preferred_where_it_is_welcome) {
  const struct {
    const char* name;
    std::vector<FieldView> fields;
    bool want;
  } rows[] = {
      {"nothing is said", {}, false},
      {"an empty list", {{"Accept-Encoding", ""}}, false},
      {"gzip", {{"Accept-Encoding", "gzip"}}, true},
      {"in capitals", {{"ACCEPT-ENCODING", "GZIP"}}, true},
      {"by its old name", {{"Accept-Encoding", "x-gzip"}}, true},
      {"as browsers send it", {{"Accept-Encoding", "gzip, deflate, br, zstd"}}, true},
      {"only others", {{"Accept-Encoding", "br, deflate"}}, false},
      {"anything", {{"Accept-Encoding", "*"}}, true},
      {"anything but gzip", {{"Accept-Encoding", "gzip;q=0, *"}}, false},
      {"nothing but gzip", {{"Accept-Encoding", "*;q=0, gzip"}}, true},
      {"refused", {{"Accept-Encoding", "gzip;q=0"}}, false},
      {"refused with digits", {{"Accept-Encoding", "gzip;q=0.000"}}, false},
      {"a little", {{"Accept-Encoding", "gzip;q=0.001"}}, true},
      {"less than plain", {{"Accept-Encoding", "gzip;q=0.5, identity"}}, false},
      {"as much as plain", {{"Accept-Encoding", "identity;q=0.5, gzip;q=0.5"}}, true},
      {"less than anything else", {{"Accept-Encoding", "gzip;q=0.5, *;q=0.8"}}, false},
      {"with blanks", {{"Accept-Encoding", "br , gzip ; Q=1.0"}}, true},
      {"in the second line", {{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip"}}, true},
      {"a weight above 1", {{"Accept-Encoding", "gzip;q=1.5"}}, false},
      {"a weight of too many digits", {{"Accept-Encoding", "gzip;q=0.1234"}}, false},
      {"no weight", {{"Accept-Encoding", "gzip;q="}}, false},
      {"a weight that is none", {{"Accept-Encoding", "gzip;q=yes"}}, false},
      {"another parameter", {{"Accept-Encoding", "gzip;level=9"}}, false},
      {"a name that only begins so", {{"Accept-Encoding", "gzipped"}}, false},
  };
  for (const auto& row : rows) BOOST_TEST(prefers_gzip(row.fields) == row.want, row.name);
}

BOOST_AUTO_TEST_SUITE_END()
