#include "lab/plots/svg_plot.hpp"

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <boost/test/unit_test.hpp>
#include <sstream>

#include "lab/plots/svg_scale.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(svg_plot)

namespace {

using Tree = boost::property_tree::ptree;

/// \throw boost::property_tree::xml_parser_error if it is not well formed.
Tree parse(const std::string& svg) {
  std::istringstream in(svg);
  Tree tree;
  boost::property_tree::read_xml(in, tree);
  return tree.get_child("svg");
}

/// The attribute of all such elements, in their order; "" of one without it.
std::vector<std::string> all_of(const Tree& svg, const std::string& element,
                                const std::string& attribute) {
  std::vector<std::string> found;
  for (const auto& [name, child] : svg)
    if (name == element)
      found.push_back(attribute.empty() ? child.data()
                                        : child.get<std::string>("<xmlattr>." + attribute, ""));
  return found;
}

Plot two_lines() {
  return {.title = "a title",
          .subtitles = {"one", "two"},
          .x_label = "time (s)",
          .y_label = "workers",
          .series = {{.name = "total", .points = {{0, 5}, {1, 5}, {2, 10}, {4, 10}}},
                     {.name = "demand", .points = {{0, 0}, {4, 8}}, .filled = true}}};
}

bool has(const std::vector<std::string>& all, const std::string& one) {
  return std::ranges::find(all, one) != all.end();
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_text_of_the_plot_is_in_the_drawing) {
  const Tree svg = parse(to_svg(two_lines()));
  const auto texts = all_of(svg, "text", "");
  for (const char* const text : {"a title", "one", "two", "time (s)", "workers", "total", "demand"})
    BOOST_TEST(has(texts, text), text);
  BOOST_TEST(svg.get<std::string>("title") == "a title");
}

BOOST_AUTO_TEST_CASE(axes_are_marked_with_round_numbers_from_0_to_the_greatest_value) {
  const auto texts = all_of(parse(to_svg(two_lines())), "text", "");
  for (const char* const mark : {"0", "2", "4", "6", "8", "10", "0.0", "0.5", "3.5", "4.0"})
    BOOST_TEST(has(texts, mark), mark);
}

BOOST_AUTO_TEST_CASE(lines_go_in_steps_and_areas_lie_behind_them) {
  const auto paths = all_of(parse(to_svg(two_lines())), "path", "class");
  const std::vector<std::string> want{"area", "line s0"};
  BOOST_TEST(paths == want, boost::test_tools::per_element());
  const auto shapes = all_of(parse(to_svg(two_lines())), "path", "d");
  // From 64 to 840 over 4 s, from 480 up to 108 over 10 workers: a level, a step, a level.
  BOOST_TEST(shapes[1] == "M64.0 294.0H452.0V108.0H840.0");
}

BOOST_AUTO_TEST_CASE(a_line_of_one_point_is_a_point) {
  Plot plot{.title = "t", .series = {{.name = "a", .points = {{100, 5}}}}};
  for (const bool is_stepped : {true, false}) {
    plot.is_stepped = is_stepped;
    const auto classes = all_of(parse(to_svg(plot)), "path", "class");
    BOOST_TEST_REQUIRE(classes.size() == 1U);
    BOOST_TEST(classes[0] == "line s0 point");
    BOOST_TEST(all_of(parse(to_svg(plot)), "path", "d")[0].ends_with("h0"));
  }
}

BOOST_AUTO_TEST_CASE(markup_in_texts_is_escaped) {
  Plot plot = two_lines();
  plot.title = "<script> & \"quotes\"\x01";
  plot.series[0].name = "a<b";
  const Tree svg = parse(to_svg(plot));
  BOOST_TEST(svg.get<std::string>("title") == "<script> & \"quotes\" ");
  BOOST_TEST(has(all_of(svg, "text", ""), "a<b"));
}

BOOST_AUTO_TEST_CASE(names_at_the_ends_of_lines_keep_their_distance_within_the_plot) {
  Plot plot = two_lines();
  plot.series.clear();
  for (const char* const name : {"a", "b", "c", "d"})
    plot.series.push_back({.name = name, .points = {{0, 0}, {9, 0}}});
  std::vector<double> heights;
  const Tree svg = parse(to_svg(plot));
  const auto classes = all_of(svg, "text", "class");
  const auto ys = all_of(svg, "text", "y");
  for (std::size_t i = 0; i < classes.size(); ++i)
    if (classes[i] == "name") heights.push_back(std::stod(ys[i]));
  BOOST_REQUIRE(heights.size() == 4U);
  std::ranges::sort(heights);
  for (std::size_t i = 1; i < 4; ++i) BOOST_TEST(heights[i] - heights[i - 1] >= 17.9);
  BOOST_TEST(heights[3] <= 485);
}

BOOST_AUTO_TEST_CASE(it_is_readable_in_the_dark) {
  BOOST_TEST(to_svg(two_lines()).find("prefers-color-scheme: dark") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_same_plot_gives_the_same_bytes) {
  BOOST_TEST(to_svg(two_lines()) == to_svg(two_lines()));
}

BOOST_AUTO_TEST_CASE(a_plot_of_nothing_is_still_a_drawing) {
  BOOST_CHECK_NO_THROW(parse(to_svg(Plot{})));
  Plot plot = two_lines();
  for (auto& series : plot.series) series.points.clear();
  BOOST_TEST(all_of(parse(to_svg(plot)), "path", "d").empty());
}

BOOST_AUTO_TEST_CASE(ticks_are_multiples_of_1_2_or_5) {
  const struct {
    double most;
    double step;
    std::size_t marks;
    int decimals;
  } rows[] = {
      {0, 1, 2, 0},    {1, 0.2, 6, 1},  {7, 2, 5, 0},    {10, 2, 6, 0},       {30, 5, 7, 0},
      {100, 20, 6, 0}, {105, 20, 7, 0}, {256, 50, 7, 0}, {0.03, 0.005, 7, 3}, {86400, 20000, 6, 0},
  };
  for (const auto& row : rows) {
    BOOST_TEST_INFO_SCOPE(row.most);
    const AxisTicks ticks = axis_ticks(row.most, 6);
    BOOST_TEST(ticks.step == row.step, boost::test_tools::tolerance(1e-9));
    BOOST_TEST(ticks.marks.size() == row.marks);
    BOOST_TEST(ticks.decimals == row.decimals);
    BOOST_TEST(ticks.marks.back() >= row.most * (1 - 1e-9));
  }
}

BOOST_AUTO_TEST_SUITE_END()
