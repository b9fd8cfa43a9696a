#include "lab/plots/html.hpp"

#include <boost/test/unit_test.hpp>

#include "lab/plots/svg_plot.hpp"
#include "lab/plots/svg_scale.hpp"

using namespace brood;

BOOST_AUTO_TEST_SUITE(html)

BOOST_AUTO_TEST_CASE(no_text_can_become_markup) {
  const std::vector<Column> columns{{"<b>", Align::left}};
  const std::vector<std::vector<std::string>> rows{{"a & \"b\" <script>"}};
  const std::string page = html_page("<title>", html_table(columns, rows));
  BOOST_TEST(page.find("<script") == std::string::npos);
  BOOST_TEST(page.find("<b>") == std::string::npos);
  BOOST_TEST(page.find("a &amp; &quot;b&quot; &lt;script&gt;") != std::string::npos);
  BOOST_TEST(page.find("<title>&lt;title&gt;</title>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_page_asks_nobody_for_anything) {
  const std::string page = html_page("x", html_figure(to_svg({.title = "p"})));
  for (const char* const word : {"src=", "href=", "url(", "@import", "<script", "https:"})
    BOOST_TEST(page.find(word) == std::string::npos, word);
}

BOOST_AUTO_TEST_CASE(a_logarithmic_axis_has_powers_of_ten) {
  const struct {
    const char* name;
    double least, most;
    std::vector<double> marks;
  } rows[] = {
      {"a value alone", 5, 5, {1, 10}},
      {"a power alone", 10, 10, {10, 100}},
      {"from one to another", 0.2, 30, {0.1, 1, 10, 100}},
      {"exactly to a power", 1, 100, {1, 10, 100}},
  };
  for (const auto& row : rows) {
    const auto marks = decade_marks(row.least, row.most);
    BOOST_REQUIRE_MESSAGE(marks.size() == row.marks.size(), row.name);
    for (std::size_t at = 0; at < marks.size(); ++at)
      BOOST_TEST(marks[at] == row.marks[at], boost::test_tools::tolerance(1e-9));
  }
  BOOST_TEST(decade_name(0.01) == "0.01");
  BOOST_TEST(decade_name(1000) == "1000");
  BOOST_TEST(decade_name(100'000) == "100k");
}

BOOST_AUTO_TEST_CASE(points_are_joined_and_those_without_a_place_left_out) {
  Plot plot{.title = "t",
            .series = {{.name = "a", .points = {{0, 5}, {1, 1}, {10, 10}, {100, 0}}}}};
  plot.x_scale = plot.y_scale = PlotScale::logarithmic;
  plot.is_stepped = false;
  plot.x_marks = {{1, "one"}, {10, "ten"}};
  const std::string svg = to_svg(plot);
  BOOST_TEST(svg.find("d=\"M64.0 480.0L840.0 108.0\"") != std::string::npos);
  BOOST_TEST(svg.find(">ten<") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
