#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace brood {

/// Which Content-Type goes with the ending of a file's name. Read once, before workers are forked,
/// so that they share its memory.
class MimeTypes {
 public:
  /// Lines of "type/subtype ending ending ...", as in /etc/mime.types; `#` begins a comment. The
  /// first line that names an ending wins; a type that could not stand in a field is left out.
  /// \param charset that text is said to have: a token; empty: nothing is said.
  static MimeTypes parse(std::string_view text, std::string_view charset = "utf-8");
  /// Those of this machine, /etc/mime.types; if there are none, those that every site needs.
  static MimeTypes of_system(std::string_view charset);

  /// The value of Content-Type for a file of this name, with the charset if it is text. The ending
  /// counts in any case. "application/octet-stream" for what is not known. As long as the table.
  std::string_view of(std::string_view file_name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  void add_line(std::string_view line, std::string_view charset);

  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> by_ending_;
};

}  // namespace brood
