#include "serve/handlers/byte_ranges.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using brood::ByteRange;
using brood::parse_ranges;

BOOST_AUTO_TEST_SUITE(byte_ranges)

namespace {

/// Of ten bytes each, in order, one at each multiple of `stride`.
std::string many_ranges(std::size_t count, std::size_t stride) {
  std::string field = "bytes=";
  for (std::size_t at = 0; at < count; ++at) {
    const std::size_t first = at * (stride + 10);
    field += std::to_string(first) + '-' + std::to_string(first + 9) + ',';
  }
  return field;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_range_that_can_be_had_is_cut_to_the_representation) {
  const struct {
    const char* name;
    const char* field;
    std::uint64_t size;
    std::vector<ByteRange> want;
  } rows[] = {
      {"the first bytes", "bytes=0-499", 10000, {{0, 500}}},
      {"one byte", "bytes=0-0", 10000, {{0, 1}}},
      {"the last byte", "bytes=9999-9999", 10000, {{9999, 1}}},
      {"beyond the end", "bytes=9500-20000", 10000, {{9500, 500}}},
      {"to the end", "bytes=9500-", 10000, {{9500, 500}}},
      {"a suffix", "bytes=-500", 10000, {{9500, 500}}},
      {"a suffix that is longer than all", "bytes=-500", 100, {{0, 100}}},
      {"a last position beyond all numbers", "bytes=1-99999999999999999999", 10, {{1, 9}}},
      {"the unit in capitals", "BYTES=0-1", 10, {{0, 2}}},
      {"two", "bytes=0-0,-1", 10, {{0, 1}, {9, 1}}},
      {"in the order of the client", "bytes=5-6, 0-1", 10, {{5, 2}, {0, 2}}},
      {"blanks and empty elements", "bytes= ,0-1 ,\t, 3-4,", 10, {{0, 2}, {3, 2}}},
      {"side by side is no overlap", "bytes=0-4,5-9", 10, {{0, 5}, {5, 5}}},
      {"two that overlap", "bytes=0-5,5-9", 10, {{0, 6}, {5, 5}}},
      {"the same twice", "bytes=0-,0-", 10, {{0, 10}, {0, 10}}},
      {"two that overlap, out of order", "bytes=5-9,0-5", 10, {{5, 5}, {0, 6}}},
      {"those that cannot be had are left out", "bytes=0-1,20-30", 10, {{0, 2}}},
      {"the largest size", "bytes=-1", ~0ULL, {{~0ULL - 1, 1}}},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto got = parse_ranges(row.field, row.size);
      BOOST_TEST_REQUIRE(got.has_value());
      BOOST_TEST((*got == row.want));
    }
}

BOOST_AUTO_TEST_CASE(where_none_can_be_had_the_list_is_empty) {
  const struct {
    const char* name;
    const char* field;
    std::uint64_t size;
  } rows[] = {
      {"from the end on", "bytes=10-", 10},
      {"beyond the end", "bytes=20-30", 10},
      {"a suffix of nothing", "bytes=-0", 10},
      {"beyond all numbers", "bytes=99999999999999999999-", 10},
      {"several", "bytes=10-11,12-13", 10},
  };
  for (const auto& row : rows) BOOST_TEST_CONTEXT(row.name) {
      const auto got = parse_ranges(row.field, row.size);
      BOOST_TEST_REQUIRE(got.has_value());
      BOOST_TEST(got->empty());
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_honest_range_is_ignored) {
  const struct {
    const char* name;
    std::string field;
    std::uint64_t size;
  } rows[] = {
      {"nothing", "", 10},
      {"no unit", "0-1", 10},
      {"another unit", "lines=0-1", 10},
      {"no range", "bytes=", 10},
      {"only commas", "bytes=,,", 10},
      {"a blank in the middle", "bytes = 0-1", 10},
      {"backwards", "bytes=5-4", 10},
      {"no dash", "bytes=5", 10},
      {"only a dash", "bytes=-", 10},
      {"two dashes", "bytes=0-1-2", 10},
      {"a sign", "bytes=+1-2", 10},
      {"hex", "bytes=0x1-2", 10},
      {"a blank in the range", "bytes=0 -1", 10},
      {"one is malformed", "bytes=0-1,x", 10},
      {"three that overlap", "bytes=0-5,5-9,8-9", 10},
      {"three times the same", "bytes=0-,0-,0-", 10},
      {"three in one", "bytes=0-9,3-4,6-7", 10},
      {"three that overlap, out of order", "bytes=8-9,0-5,5-9", 10},
      {"a suffix of an empty representation", "bytes=-5", 0},
      {"anything of nothing", "bytes=0-", 0},
      {"parts that are more than the whole", many_ranges(2000, 1), 100'000},
      {"many out of order", many_ranges(16, 1000) + ",5-9", 100'000},
  };
  for (const auto& row : rows) BOOST_TEST(!parse_ranges(row.field, row.size).has_value(), row.name);
}

BOOST_AUTO_TEST_CASE(any_number_that_an_honest_client_asks_for_is_served) {
  for (const std::size_t count : {17, 20, 77, 1000}) {
    const auto got = parse_ranges(many_ranges(count, 990), 1000 * count);
    BOOST_TEST_REQUIRE(got.has_value());
    BOOST_TEST(got->size() == count);
  }
}

BOOST_AUTO_TEST_SUITE_END()
