#pragma once

#include <brood/request.hpp>
#include <brood/response.hpp>
#include <ctime>
#include <string_view>

#include "serve/handlers/root_folder.hpp"

namespace brood {

/// One form of a resource, ready to be sent.
struct FileRepresentation {
  OpenFile file;  ///< A regular file.
  std::string_view content_type;
  bool is_gzipped = false;
  bool varies = false;  ///< Another client might get another form.
};

/// Up to here a file is read and sent together with the head; beyond it sendfile(2) is cheaper
/// than a copy.
inline constexpr std::uint64_t copied_max = 16UL * 1024;

/// The answer to a GET or HEAD: 200, 206, 304, 412 or 416, by the request's conditions and ranges.
/// \param now      in seconds since 1970.
/// \param boundary between the parts if several ranges are asked for: a token that no file has.
/// \throw std::system_error if the file cannot be read.
Response answer_with_file(const Request& request, FileRepresentation representation,
                          std::time_t now, std::string_view boundary);

}  // namespace brood
