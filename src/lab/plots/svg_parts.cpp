#include "lab/plots/svg_parts.hpp"

#include "report/table.hpp"

namespace brood {

const char* const svg_style = R"(<style>
text { font: 13px system-ui, "DejaVu Sans", sans-serif; fill: #52514e }
.paper { fill: #fcfcfb } .title { font-size: 17px; font-weight: 600; fill: #0b0b0b }
.name { fill: #0b0b0b } .best { font-weight: 700 }
.middle { text-anchor: middle } .end { text-anchor: end }
.grid { stroke: #e1e0d9 } .axis { stroke: #898781 } .line { fill: none; stroke-width: 2 }
.s0 { stroke: #2a78d6; stroke-width: 4 }
.s1 { stroke: #d9541e } .s2 { stroke: #12915f } .s3 { stroke: #8a4fc4 }
.s4 { stroke: #b8860b } .s5 { stroke: #c2185b } .s6 { stroke: #00838f } .s7 { stroke: #5d4037 }
.d0 { fill: #2a78d6 } .d1 { fill: #12915f } .d2 { fill: #d9541e } .d3 { fill: #8a4fc4 }
.area { fill: #898781; fill-opacity: .22; stroke: none }
.point { stroke-linecap: round; stroke-width: 10 }
.sa { stroke: #898781; stroke-opacity: .45; stroke-width: 9 }
@media (prefers-color-scheme: dark) {
text { fill: #c3c2b7 } .paper { fill: #1a1a19 } .title, .name { fill: #ffffff }
.grid { stroke: #33332f } .axis { stroke: #898781 } .area { fill: #b5b3aa }
.s0 { stroke: #5b9df0 } .s1 { stroke: #f0824e } .s2 { stroke: #35c08a } .s3 { stroke: #b48ae6 }
.s4 { stroke: #e0b84a } .s5 { stroke: #f06ba0 } .s6 { stroke: #4dc4d1 } .s7 { stroke: #bfa196 }
.d0 { fill: #5b9df0 } .d1 { fill: #35c08a } .d2 { fill: #f0824e } .d3 { fill: #b48ae6 }
}
</style>
)";

std::string escape_xml(const std::string& text) {
  std::string safe;
  for (const char byte : text) {
    switch (byte) {
      case '&': safe += "&amp;"; break;
      case '<': safe += "&lt;"; break;
      case '>': safe += "&gt;"; break;
      case '"': safe += "&quot;"; break;
      // XML 1.0 has no way at all to write the other control characters.
      default: safe += static_cast<unsigned char>(byte) < 0x20 ? ' ' : byte;
    }
  }
  return safe;
}

std::string px(double value) {
  return format_fixed(value, 1);
}

void append_text(std::string& svg, double x, double y, const std::string& classes,
                 const std::string& text) {
  svg += "<text x=\"" + px(x) + "\" y=\"" + px(y) + "\" class=\"" + classes + "\">" +
         escape_xml(text) + "</text>\n";
}

void append_line(std::string& svg, double x1, double y1, double x2, double y2,
                 const std::string& classes) {
  svg += "<line x1=\"" + px(x1) + "\" y1=\"" + px(y1) + "\" x2=\"" + px(x2) + "\" y2=\"" + px(y2) +
         "\" class=\"" + classes + "\"/>\n";
}

}  // namespace brood
