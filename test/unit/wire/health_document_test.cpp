#include "wire/health_document.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <limits>

BOOST_AUTO_TEST_SUITE(health_document)

using namespace brood;

namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t most32 = std::numeric_limits<std::uint32_t>::max();

constexpr LoadReport full_load{.epoch_ms = most,
                               .busy = most32,
                               .idle = most32,
                               .max = most32,
                               .queue = most32,
                               .in_flight = most32,
                               .latency_us = most32,
                               .is_draining = true};

HealthDocument parsed(std::string_view text) {
  const auto result = parse_health_document(text);
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<HealthDocument>(result), text);
  return std::get<HealthDocument>(result);
}

}  // namespace

BOOST_AUTO_TEST_CASE(without_a_load_it_is_errors_then_entries_each_on_a_line) {
  BOOST_TEST(format_health({}) == "0\n0\n");
  BOOST_TEST(format_health({.totals = {.errors = 3, .entries = 41}, .load = {}}) == "3\n41\n");
  BOOST_TEST(format_health({.totals = {.errors = most, .entries = most}, .load = {}}) ==
             "18446744073709551615\n18446744073709551615\n");
}

BOOST_AUTO_TEST_CASE(the_load_follows_one_key_a_line) {
  const LoadReport load{.epoch_ms = 1'764'000'000'000,
                        .busy = 2,
                        .idle = 3,
                        .max = 256,
                        .queue = 1,
                        .in_flight = 4,
                        .latency_us = 10'250,
                        .is_draining = false};
  BOOST_TEST(format_health({.totals = {.errors = 3, .entries = 41}, .load = load}) ==
             "3\n41\nepoch=1764000000000\nbusy=2\nidle=3\nmax=256\nqueue=1\ninflight=4\n"
             "latency_us=10250\nstate=ready\n");
}

BOOST_AUTO_TEST_CASE(the_longest_document_stays_below_200_bytes) {
  const std::string text = format_health({.totals = {most, most}, .load = full_load});
  BOOST_TEST(text.size() < 200U);
  BOOST_TEST(text.size() < health_document_size_max);
}

BOOST_AUTO_TEST_CASE(who_reads_two_numbers_still_finds_them) {
  const std::string text = format_health({.totals = {3, 41}, .load = full_load});
  int errors = 0;
  int entries = 0;
  BOOST_TEST(std::sscanf(text.c_str(), "%d\n%d", &errors, &entries) == 2);
  BOOST_TEST(errors == 3);
  BOOST_TEST(entries == 41);
}

BOOST_AUTO_TEST_CASE(what_was_written_is_read_back) {
  for (const HealthDocument& document :
       {HealthDocument{}, HealthDocument{.totals = {most, most}, .load = {}},
        HealthDocument{.totals = {1, 2}, .load = LoadReport{}},
        HealthDocument{.totals = {most, most}, .load = full_load}})
    BOOST_TEST((parsed(format_health(document)) == document));
}

BOOST_AUTO_TEST_CASE(sound_documents_are_read) {
  const LoadReport busy{.busy = 7};
  const struct {
    const char* name;
    std::string_view text;
    HealthDocument want;
  } rows[] = {
      {"no last line end", "3\n41", {.totals = {3, 41}, .load = {}}},
      {"leading zeros", "003\n00000000000000000041\n", {.totals = {3, 41}, .load = {}}},
      {"only keys that nobody knows", "3\n41\nshade=blue/7\n", {.totals = {3, 41}, .load = {}}},
      {"one known key", "3\n41\nbusy=7\n", {.totals = {3, 41}, .load = busy}},
      {"without its line end", "3\n41\nbusy=7", {.totals = {3, 41}, .load = busy}},
      {"among unknown ones", "3\n41\na=b\nbusy=7\nz_9==\n", {.totals = {3, 41}, .load = busy}},
  };
  for (const auto& row : rows) BOOST_TEST((parsed(row.text) == row.want), row.name);
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused_with_its_reason) {
  using enum HealthFault;
  const struct {
    const char* name;
    std::string text;
    HealthFault want;
  } rows[] = {
      {"nothing", "", no_totals},
      {"one number", "3\n", no_totals},
      {"no first number", "\n41\n", no_totals},
      {"a sign", "-3\n41\n", no_totals},
      {"a plus", "+3\n41\n", no_totals},
      {"a blank", " 3\n41\n", no_totals},
      {"a fraction", "3.0\n41\n", no_totals},
      {"CRLF", "3\r\n41\r\n", no_totals},
      {"a NUL", std::string("3\0\n41\n", 6), no_totals},
      {"21 digits", "000000000000000000003\n41\n", no_totals},
      {"a page", "<html></html>\n", no_totals},
      {"2 to the 64", "18446744073709551616\n41\n", out_of_range},
      {"entries of 2 to the 64", "3\n18446744073709551616\n", out_of_range},
      {"an empty line", "3\n41\n\n", no_key},
      {"a third number", "3\n41\n5\n", no_key},
      {"no key", "3\n41\n=5\n", no_key},
      {"no value", "3\n41\nbusy=\n", no_key},
      {"a capital key", "3\n41\nBUSY=5\n", no_key},
      {"a blank in a value", "3\n41\nbusy=5 6\n", no_key},
      {"CRLF behind a key", "3\n41\nbusy=5\r\n", no_key},
      {"no number", "3\n41\nbusy=many\n", bad_value},
      {"a negative number", "3\n41\nbusy=-5\n", bad_value},
      {"more than 20 digits", "3\n41\nbusy=000000000000000000005\n", bad_value},
      {"an unknown state", "3\n41\nstate=asleep\n", bad_value},
      {"2 to the 32", "3\n41\nbusy=4294967296\n", out_of_range},
      {"an epoch of 2 to the 64", "3\n41\nepoch=18446744073709551616\n", out_of_range},
      {"a number twice", "3\n41\nbusy=5\nbusy=5\n", repeated_key},
      {"the epoch twice", "3\n41\nepoch=5\nbusy=5\nepoch=5\n", repeated_key},
      {"the state twice", "3\n41\nstate=ready\nstate=ready\n", repeated_key},
      {"too much", "3\n41\na=" + std::string(health_document_read_max, 'x'), too_long},
  };
  for (const auto& row : rows) {
    const auto result = parse_health_document(row.text);
    const auto* const fault = std::get_if<HealthFault>(&result);
    BOOST_TEST((fault != nullptr && *fault == row.want), row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
