#include "serve/handlers/conditions.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "serve/handlers/entity_tag.hpp"

BOOST_AUTO_TEST_SUITE(conditions)

namespace {

using namespace brood;
using Fields = std::vector<FieldView>;

constexpr Validators current{.tag = "\"now\"", .modified = 784111777};
constexpr std::time_t now = current.modified + 3600;
constexpr const char* same_date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* earlier = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr const char* later = "Sun, 06 Nov 1994 08:49:38 GMT";

struct Row {
  const char* name;
  Fields fields;
  Precondition want;
};

constexpr Precondition go = Precondition::proceed;
constexpr Precondition unchanged = Precondition::not_modified;
constexpr Precondition failed = Precondition::precondition_failed;

void check(const std::vector<Row>& rows, const Validators* held_against, bool is_read) {
  for (const Row& row : rows) BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST((judge_conditions(row.fields, held_against, is_read, now) == row.want));
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_condition_of_a_read_has_its_verdict) {
  check(
      {
          {"none", {}, go},
          {"another field", {{"Accept", "\"now\""}}, go},
          {"If-Match, the same", {{"If-Match", "\"now\""}}, go},
          {"If-Match, another", {{"If-Match", "\"old\""}}, failed},
          {"If-Match, weak is not strong", {{"If-Match", "W/\"now\""}}, failed},
          {"If-Match, in a list", {{"If-Match", "\"a\" , W/\"now\",\"now\""}}, go},
          {"If-Match, behind a comma in quotes", {{"If-Match", "\"a,b\", \"now\""}}, go},
          {"If-Match, anything", {{"If-Match", "*"}}, go},
          {"If-Match, no tag", {{"If-Match", "now"}}, failed},
          {"If-Match, nothing at all", {{"If-Match", ""}}, failed},
          {"If-Match, not closed", {{"If-Match", "\"now"}}, failed},
          {"If-Match, in the second line", {{"If-Match", "\"a\""}, {"if-match", "\"now\""}}, go},
          {"If-Unmodified-Since, the same", {{"If-Unmodified-Since", same_date}}, go},
          {"If-Unmodified-Since, later", {{"If-Unmodified-Since", later}}, go},
          {"If-Unmodified-Since, earlier", {{"If-Unmodified-Since", earlier}}, failed},
          {"If-Unmodified-Since, no date", {{"If-Unmodified-Since", "1994"}}, go},
          {"If-None-Match, the same", {{"If-None-Match", "\"now\""}}, unchanged},
          {"If-None-Match, weakly the same", {{"If-None-Match", "W/\"now\""}}, unchanged},
          {"If-None-Match, another", {{"If-None-Match", "\"old\""}}, go},
          {"If-None-Match, in a list", {{"If-None-Match", "\"a\", \"now\""}}, unchanged},
          {"If-None-Match, anything", {{"If-None-Match", " * "}}, unchanged},
          {"If-None-Match, no tag", {{"If-None-Match", "now"}}, go},
          {"If-Modified-Since, the same", {{"If-Modified-Since", same_date}}, unchanged},
          {"If-Modified-Since, later", {{"If-Modified-Since", later}}, unchanged},
          {"If-Modified-Since, earlier", {{"If-Modified-Since", earlier}}, go},
          {"If-Modified-Since, no date", {{"If-Modified-Since", "now"}}, go},
      },
      &current, true);
}

BOOST_AUTO_TEST_CASE(conditions_are_asked_in_order_and_tags_outrank_dates) {
  check(
      {
          {"a true If-Match hides If-Unmodified-Since",
           {{"If-Unmodified-Since", earlier}, {"If-Match", "\"now\""}},
           go},
          {"a false If-Match goes before If-None-Match",
           {{"If-None-Match", "\"now\""}, {"If-Match", "\"old\""}},
           failed},
          {"a true If-Match goes on to If-None-Match",
           {{"If-Match", "\"now\""}, {"If-None-Match", "\"now\""}},
           unchanged},
          {"a false If-Unmodified-Since goes before If-None-Match",
           {{"If-None-Match", "\"now\""}, {"If-Unmodified-Since", earlier}},
           failed},
          {"a true If-None-Match hides If-Modified-Since",
           {{"If-Modified-Since", later}, {"If-None-Match", "\"old\""}},
           go},
          {"a false one hides it too",
           {{"If-Modified-Since", earlier}, {"If-None-Match", "\"now\""}},
           unchanged},
      },
      &current, true);
}

BOOST_AUTO_TEST_CASE(a_write_that_finds_what_it_should_not_has_failed) {
  check(
      {
          {"If-Match, the same", {{"If-Match", "\"now\""}}, go},
          {"If-Match, another", {{"If-Match", "\"old\""}}, failed},
          {"If-None-Match, anything", {{"If-None-Match", "*"}}, failed},
          {"If-None-Match, the same", {{"If-None-Match", "\"now\""}}, failed},
          {"If-None-Match, another", {{"If-None-Match", "\"old\""}}, go},
          {"If-Unmodified-Since, earlier", {{"If-Unmodified-Since", earlier}}, failed},
          {"If-Modified-Since is for reads", {{"If-Modified-Since", later}}, go},
      },
      &current, false);
}

BOOST_AUTO_TEST_CASE(where_there_is_nothing_nothing_matches) {
  check(
      {
          {"no condition", {}, go},
          {"If-Match, a tag", {{"If-Match", "\"now\""}}, failed},
          {"If-Match, anything", {{"If-Match", "*"}}, failed},
          {"If-None-Match, anything", {{"If-None-Match", "*"}}, go},
          {"If-None-Match, a tag", {{"If-None-Match", "\"now\""}}, go},
          {"If-Unmodified-Since", {{"If-Unmodified-Since", earlier}}, go},
      },
      nullptr, false);
}

BOOST_AUTO_TEST_CASE(a_range_is_wanted_only_of_the_representation_that_the_client_has) {
  const struct {
    const char* name;
    Fields fields;
    std::time_t at;
    bool want;
  } rows[] = {
      {"no If-Range", {}, now, true},
      {"the same tag", {{"If-Range", "\"now\""}}, now, true},
      {"another tag", {{"If-Range", "\"old\""}}, now, false},
      {"a weak tag", {{"If-Range", "W/\"now\""}}, now, false},
      {"a list is none", {{"If-Range", "\"now\", \"old\""}}, now, false},
      {"the same date", {{"If-Range", same_date}}, now, true},
      {"a later date", {{"If-Range", later}}, now, false},
      {"an earlier date", {{"If-Range", earlier}}, now, false},
      {"the same date, in its own second", {{"If-Range", same_date}}, current.modified, false},
      {"neither", {{"If-Range", "now"}}, now, false},
  };
  for (const auto& row : rows)
    BOOST_TEST(allows_range(row.fields, current, row.at) == row.want, row.name);
}

BOOST_AUTO_TEST_CASE(an_entity_tag_tells_inode_time_and_size) {
  const FileFacts facts{.inode = 0xabc, .modified_ns = 0x123456789, .size = 16};
  BOOST_TEST(format_entity_tag(facts) == "\"abc-123456789-10\"");
  const FileFacts largest{.inode = ~0ULL, .modified_ns = -1, .size = ~0ULL};
  const std::string digits(16, 'f');
  BOOST_TEST(format_entity_tag(largest) == '"' + digits + '-' + digits + '-' + digits + '"');
}

BOOST_AUTO_TEST_SUITE_END()
