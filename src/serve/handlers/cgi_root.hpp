#pragma once

#include <brood/unique_fd.hpp>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace brood {

/// A program, and the request path split where its name ends (RFC 3875, sections 4.1.5 and 4.1.13).
struct CgiProgram {
  std::string script_name;  ///< Decoded: "/sub/x.cgi"; empty where the root is one program.
  std::string path_info;    ///< Decoded: "/rest"; empty if nothing follows the name.
  std::string file;         ///< Absolute.
  UniqueFd directory;       ///< That of the file (O_PATH).
};

/// Where programs are: a directory, or one program that answers every path. Opened once; nothing
/// outside a directory is found in it, by whatever path or symbolic link.
class CgiRoot {
 public:
  /// \return the Failure that keeps `path` from being a root: it is not there, may not be entered,
  ///   is a file that may not be executed.
  static Result<CgiRoot> open(const std::string& path);

  /// Absolute and without links: opens the same again, whatever the working directory.
  std::string path() const;

  /// The program that a request path (still encoded) names: the first file on its way.
  /// \return 404 if there is none, 403 for a file that is no program.
  std::variant<CgiProgram, int> find(std::string_view path) const;

  /// Where PATH_INFO would be if it named a file (section 4.1.6).
  std::string translate(const std::string& path_info) const { return directory_path_ + path_info; }

 private:
  std::variant<CgiProgram, int> found(std::string_view script_name, std::string_view rest) const;

  std::string directory_path_;  ///< Absolute, without links; "" for "/".
  std::string program_;         ///< The name in it of the one program; empty: every one.
  UniqueFd directory_;
};

/// A request path with its percent-encodings resolved. Empty if it cannot be told safely where its
/// segments begin, or one of them is "." or "..": such a path names nothing. \pre the encodings
/// are whole.
std::string decode_cgi_path(std::string_view path);

}  // namespace brood
