#include "report/table.hpp"

#include <boost/test/unit_test.hpp>

using namespace brood;

BOOST_AUTO_TEST_SUITE(table)

BOOST_AUTO_TEST_CASE(numbers_lean_right_and_text_left_without_blanks_at_the_end) {
  Table table({{"name", Align::left}, {"n"}, {"why", Align::left}});
  table.add_row({"a", "1", "x"});
  table.add_row({"longer", "12345", ""});
  BOOST_TEST(table.text() ==
             "name        n  why\n"
             "a           1  x\n"
             "longer  12345\n");
}

BOOST_AUTO_TEST_CASE(a_table_without_rows_has_its_head) {
  BOOST_TEST(Table({{"n"}, {"total"}}).text() == "n  total\n");
}

BOOST_AUTO_TEST_CASE(columns_without_room_come_beneath_behind_the_first_again) {
  Table table({{"name", Align::left}, {"one"}, {"two"}, {"three"}});
  table.add_row({"a", "1", "2", "3"});
  BOOST_TEST(table.text(21) == "name  one  two  three\na       1    2      3\n");
  BOOST_TEST(table.text(20) == "name one two three\na      1   2     3\n");
  BOOST_TEST(table.text(14) ==
             "name  one  two\n"
             "a       1    2\n"
             "\n"
             "name  three\n"
             "a         3\n");
  BOOST_TEST(table.text(1) ==
             "name  one\na       1\n\nname  two\na       2\n\n"
             "name  three\na         3\n");
}

BOOST_AUTO_TEST_CASE(a_text_is_folded_at_blanks_and_a_long_word_stays_whole) {
  BOOST_TEST(folded("", 5, ">") == "");
  BOOST_TEST(folded("a bc def", 4, "> ") == "a bc\n> def");
  BOOST_TEST(folded("abcdefgh i j", 4, "") == "abcdefgh\ni j");
  BOOST_TEST(folded("i abcdefgh", 4, "") == "i\nabcdefgh");
}

BOOST_AUTO_TEST_CASE(numbers_have_so_many_decimals_as_asked) {
  const struct {
    double value;
    int decimals;
    const char* want;
  } rows[] = {
      {12.5, 2, "12.50"},     {0, 0, "0"},         {2.0 / 3, 3, "0.667"}, {-0.25, 1, "-0.2"},
      {1e9, 0, "1000000000"}, {1e300, 0, nullptr},
  };
  for (const auto& row : rows) {
    const std::string text = format_fixed(row.value, row.decimals);
    if (row.want != nullptr) BOOST_TEST(text == row.want);
    if (row.want == nullptr) BOOST_TEST(text.size() == 301U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
