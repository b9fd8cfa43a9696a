#include "lab/plots/html.hpp"

#include "lab/plots/svg_parts.hpp"

namespace brood {
namespace {

constexpr std::string_view page_style = R"(<style>
:root { color-scheme: light dark;
--ink: #0b0b0b; --soft: #52514e; --paper: #fcfcfb; --rule: #e1e0d9 }
@media (prefers-color-scheme: dark) {
:root { --ink: #ffffff; --soft: #c3c2b7; --paper: #1a1a19; --rule: #33332f }
}
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: var(--ink);
background: var(--paper); margin: 0 auto; padding: 1rem; max-width: 72rem }
h1 { font-size: 1.6rem; line-height: 1.2 } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem }
p { color: var(--soft); max-width: 48rem; margin: .3rem 0 .8rem; overflow-wrap: anywhere }
.wide { overflow-x: auto; margin: .5rem 0 1rem }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .5rem; text-align: right; border-bottom: 1px solid var(--rule);
vertical-align: top }
th { color: var(--soft); font-weight: 600 } .text { text-align: left; min-width: 6rem }
ul { max-width: 60rem; padding-left: 1.2rem } li { margin: .3rem 0 }
svg { display: block; width: 100%; min-width: 40rem; height: auto }
@media (max-width: 48rem) {
table, tbody, tr { display: block } thead { display: none }
tr { border-bottom: 2px solid var(--rule); padding: .4rem 0 }
td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .1rem 0;
overflow-wrap: anywhere }
td::before { content: attr(data-name); color: var(--soft); flex: none; max-width: 40% }
td.text { text-align: right; min-width: 0 } td:first-child { font-weight: 600 }
td:empty { display: none }
}
</style>
)";

/// A narrow page shows a row as a list, each value behind the name of its column.
void append_html_cell(std::string& html, std::string_view tag, const Column& column,
                      const std::string& text) {
  html.append("<").append(tag);
  if (column.align == Align::left) html += " class=\"text\"";
  if (tag == "td") html.append(" data-name=\"").append(escape_xml(column.name)).append("\"");
  html.append(">").append(escape_xml(text)).append("</").append(tag).append(">");
}

}  // namespace

std::string html_page(const std::string& title, std::string_view body) {
  std::string page =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  page.append(escape_xml(title)).append("</title>\n").append(page_style);
  page.append("</head>\n<body>\n<h1>").append(escape_xml(title)).append("</h1>\n");
  return page.append(body).append("</body>\n</html>\n");
}

std::string html_table(std::span<const Column> columns,
                       std::span<const std::vector<std::string>> rows) {
  std::string html = "<div class=\"wide\"><table>\n<thead><tr>";
  for (const Column& column : columns) append_html_cell(html, "th", column, column.name);
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (std::size_t at = 0; at < columns.size(); ++at)
      append_html_cell(html, "td", columns[at], row[at]);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string html_list(std::span<const std::string> items) {
  std::string html = "<ul>\n";
  for (const std::string& item : items)
    html.append("<li>").append(escape_xml(item)).append("</li>\n");
  return html + "</ul>\n";
}

std::string html_figure(std::string_view svg) {
  return "<div class=\"wide\">" + std::string(svg) + "</div>\n";
}

}  // namespace brood
