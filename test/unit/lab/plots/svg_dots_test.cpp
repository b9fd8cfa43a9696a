#include "lab/plots/svg_dots.hpp"

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

using namespace brood;

namespace {

using Tree = boost::property_tree::ptree;

Tree drawn(const DotPlot& plot) {
  std::istringstream in(to_svg(plot));
  Tree tree;
  boost::property_tree::read_xml(in, tree);
  return tree.get_child("svg");
}

std::vector<std::string> texts_of(const Tree& svg) {
  std::vector<std::string> texts;
  for (const auto& [name, child] : svg)
    if (name == "text") texts.push_back(child.data());
  return texts;
}

/// Where the dots are, in the order of drawing.
std::vector<double> dots_of(const Tree& svg) {
  std::vector<double> dots;
  for (const auto& [name, child] : svg)
    if (name == "circle") dots.push_back(child.get<double>("<xmlattr>.cx"));
  return dots;
}

DotPlot two_rows() {
  return {.title = "a <title>",
          .subtitles = {"one"},
          .x_label = "latency (ms)",
          .marks = {"p50", "p99"},
          .off_scale = "failed",
          .rows = {{.group = "group", .name = "a", .values = {10, 1000}},
                   {.group = "group", .name = "b", .values = {100, std::nullopt}}}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(svg_dots)

BOOST_AUTO_TEST_CASE(every_text_is_in_the_drawing_and_a_group_is_named_once) {
  const auto texts = texts_of(drawn(two_rows()));
  for (const char* const text : {"a <title>", "one", "latency (ms)", "p50", "p99", "a", "b",
                                 "group", "failed", "10", "1000"})
    BOOST_TEST(std::ranges::count(texts, text) == 1, text);
}

BOOST_AUTO_TEST_CASE(equal_ratios_are_equal_distances) {
  const auto dots = dots_of(drawn(two_rows()));
  BOOST_REQUIRE_EQUAL(dots.size(), 5U);  // Two of the key, then three values, the last mark first.
  const double ten = dots[3], hundred = dots[4], thousand = dots[2];
  BOOST_TEST(hundred - ten == thousand - hundred, boost::test_tools::tolerance(1e-3));
}

BOOST_AUTO_TEST_CASE(the_best_row_is_marked_and_the_key_says_what_that_means) {
  DotPlot plot = two_rows();
  plot.best_means = "the least p99";
  BOOST_TEST(to_svg(plot).find("the least p99") == std::string::npos);
  plot.rows[0].is_best = true;
  const std::string svg = to_svg(plot);
  BOOST_TEST(svg.find(">best: the least p99<") != std::string::npos);
  BOOST_TEST(svg.find("class=\"name end best\">" + plot.rows[0].name + '<') != std::string::npos);
  BOOST_TEST(svg.find("class=\"name end best\">" + plot.rows[1].name + '<') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plot_without_values_is_still_a_drawing) {
  DotPlot plot = two_rows();
  for (DotRow& row : plot.rows) row.values = {std::nullopt, std::nullopt};
  BOOST_TEST(std::ranges::count(texts_of(drawn(plot)), "failed") == 2);
  plot.rows.clear();
  BOOST_TEST(!texts_of(drawn(plot)).empty());
}

BOOST_AUTO_TEST_SUITE_END()
