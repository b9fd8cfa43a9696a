#pragma once

#include <brood/request.hpp>
#include <brood/unique_fd.hpp>
#include <string>
#include <string_view>

namespace brood {

/// Holds a request's body while it arrives: in memory up to 64 KiB, then in a file without a name,
/// or from the start in the file of the handler's choice. Small pieces are gathered before they are
/// written. Writing to the file may block.
class BodySpool {
 public:
  /// For a new body. \param file where it is to go; empty: our choice.
  void start(UniqueFd file) noexcept;
  /// \return 0 or errno, after which the body is worth nothing.
  int append(std::string_view piece);
  /// The body is whole: what is to be in its file is written to it. \return 0 or errno.
  int finish() noexcept;
  /// All of it, good until clear(); its file stands at offset 0. \pre Nothing yet, or finished.
  RequestBody whole() const noexcept;
  /// Closes the file; keeps a little memory for the next body.
  void clear() noexcept;

 private:
  int write(std::string_view bytes) noexcept;

  std::string bytes_;  // Of a body with a file: the last, not written yet.
  UniqueFd file_;
  std::uint64_t file_size_ = 0;
};

}  // namespace brood
