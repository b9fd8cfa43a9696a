#pragma once

#include <string>

namespace brood {

// What the drawings of this folder are made of.

/// The style sheet. Classes s0 to s7 are the colours of lines, d0 to d3 those of dots; they are
/// told apart by people who see few of them, and stand out against both backgrounds.
extern const char* const svg_style;

/// Any text, fit for XML 1.0.
std::string escape_xml(const std::string& text);

/// A coordinate.
std::string px(double value);

void append_text(std::string& svg, double x, double y, const std::string& classes,
                 const std::string& text);
void append_line(std::string& svg, double x1, double y1, double x2, double y2,
                 const std::string& classes);

}  // namespace brood
