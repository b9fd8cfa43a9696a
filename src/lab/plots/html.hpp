#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "report/table.hpp"

namespace brood {

/// A document of its own: no script, nothing loaded from elsewhere; light or dark as the reader
/// prefers, and readable on a narrow screen. \param body markup
std::string html_page(const std::string& title, std::string_view body);

/// A table that scrolls sideways where it does not fit; on a narrow screen each row is a list.
/// \param rows of text, not of markup
std::string html_table(std::span<const Column> columns,
                       std::span<const std::vector<std::string>> rows);

/// One below the other. \param items text, not markup
std::string html_list(std::span<const std::string> items);

/// A drawing of to_svg() that scrolls sideways where it would become too small to read.
std::string html_figure(std::string_view svg);

}  // namespace brood
